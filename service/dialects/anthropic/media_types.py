"""What kinds of files Anthropic reads, and how the kind of one is told.

Source: Anthropic's pages on vision and PDF support; the SDK's Base64ImageSource and PlainTextSource.
"""

IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
PDF = "application/pdf"

# What people write for it.
_ALIASES = {"image/jpg": "image/jpeg", "application/x-pdf": PDF}
# Text in all but name.
_TEXTS = frozenset({"application/json", "application/xml", "application/x-yaml", "application/javascript"})
# Says nothing; the name of the file does.
_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_TEXT_SUFFIXES = (
    *("txt", "text", "md", "csv", "tsv", "html", "htm", "css", "xml", "json", "jsonl", "yaml", "yml"),
    *("toml", "ini", "log", "py", "js", "ts", "sql", "sh", "tex", "rst"),
)
_SUFFIXES = {
    "pdf": PDF,
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    **dict.fromkeys(_TEXT_SUFFIXES, "text/plain"),
    # None of these is read: to know them is to say so before anything is sent.
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "heic": "image/heic",
    "svg": "image/svg+xml",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "rtf": "application/rtf",
    "epub": "application/epub+zip",
    "zip": "application/zip",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "mp4": "video/mp4",
}


def type_of(told: str, *names: str | None) -> str:
    """The media type that was told, as it is usually spelt; if it says nothing, that of a name's suffix."""
    if told not in _UNTOLD:
        return _ALIASES.get(told, told)
    return type_by_name(*names) or told


def type_by_name(*names: str | None) -> str | None:
    """The media type that a file's name or URL tells by its suffix, the first that is known."""
    known = (_SUFFIXES.get(_suffix(name)) for name in names if name)
    return next(filter(None, known), None)


def is_text(media_type: str) -> bool:
    """Whether a file of this type goes out as plain text."""
    return media_type.startswith("text/") or media_type in _TEXTS


def readable(media_type: str, *, picture: bool) -> bool:
    """Whether a file of this type can be a block; as a picture it must be no text."""
    return media_type in IMAGES or media_type == PDF or (is_text(media_type) and not picture)


def _suffix(name: str) -> str:
    path = name.partition("#")[0].partition("?")[0]
    return path.rpartition("/")[2].rpartition(".")[2].lower()
