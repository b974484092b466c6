"""Where in a request its links stand, so that a fault can name the field."""

from collections.abc import Iterator, Sequence

from service.types.chat_request import ChatRequest


def fields_of(request: ChatRequest, links: Sequence[str]) -> dict[str, str]:
    """Each link with the first field that holds it; `messages` for one that stands elsewhere."""
    known: dict[str, str] = {}
    for field, url in _urls(request):
        known.setdefault(url, field)
    return {link: known.get(link, "messages") for link in links}


def _urls(request: ChatRequest) -> Iterator[tuple[str, str]]:
    for place, message in enumerate(request.body.messages):
        for number, part in enumerate(message.content if isinstance(message.content, list) else ()):
            path = f"messages[{place}].content[{number}]"
            for name in ("image_url", "video_url", "input_video"):
                if linked := getattr(part, name):
                    yield f"{path}.{name}.url", linked.url
            if part.file:
                yield f"{path}.file.file_data", part.file.file_data or ""
                yield f"{path}.file.file_id", part.file.file_id or ""
