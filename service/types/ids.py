"""Identifiers. Time and randomness are arguments, so that tests know them."""

from uuid import UUID


def generation_id(unix_seconds: float, random_bytes: bytes) -> UUID:
    """Builds a UUIDv7 (RFC 9562 5.7) of a time and ten random bytes: sortable by creation."""
    milliseconds = int(unix_seconds * 1000) & (2**48 - 1)
    number = milliseconds << 80 | int.from_bytes(random_bytes[:10], "big")
    number = number & ~(0xF << 76) | 7 << 76  # version
    number = number & ~(0x3 << 62) | 2 << 62  # variant
    return UUID(int=number)
