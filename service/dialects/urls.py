"""Parts of URLs: what a caller names must not change where a request goes."""

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def segment(text: str, safe: str = "") -> str:
    """Percent-encodes one path segment; characters of `safe` stay (RFC 3986 2.3).

    A segment of dots alone would climb the path, and is encoded too.
    """
    kept = _PLAIN | set(safe.encode())
    if text in (".", ".."):
        return text.replace(".", "%2E")
    return "".join(chr(byte) if byte in kept else f"%{byte:02X}" for byte in text.encode())
