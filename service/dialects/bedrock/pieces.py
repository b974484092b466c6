"""A whole block as the pieces that a stream would bring of it, and pieces of bytes as one."""

import base64
import binascii
from typing import Any

import msgspec

Members = dict[str, Any]


def taken_apart(block: Members) -> tuple[Members, list[Members]]:
    """The start and the pieces of a block; nothing for a block of an unknown kind."""
    pieces: list[Members]
    match block:
        case {"text": str()}:
            return {}, [block]
        case {"toolUse": {**use}}:
            arguments = msgspec.json.encode(use.pop("input", {})).decode()
            return {"toolUse": use}, [{"toolUse": {"input": arguments}}]
        case {"toolResult": {**result}}:
            return {"toolResult": result}, [{"toolResult": result.pop("content", [])}]
        case {"reasoningContent": {"reasoningText": {**thought}}}:
            pieces = [{name: thought[name]} for name in ("text", "signature") if thought.get(name)]
            return {}, [{"reasoningContent": piece} for piece in pieces]
        case {"reasoningContent": {**thought}}:
            return {}, [{"reasoningContent": thought}]
        case {"citationsContent": dict(cited)}:
            pieces = [{"text": each["text"]} for each in cited.get("content") or () if "text" in each]
            return {}, [*pieces, *({"citation": each} for each in cited.get("citations") or ())]
        case {"image": {"format": str(form), **image}}:
            return {"image": {"format": form}}, [{"image": image}]
        case _:
            return {}, []


def joined(pieces: list[str]) -> str:
    """Base64 of bytes that came in several pieces, each base64 by itself. Raises ValueError if one is not."""
    if len(pieces) < 2:
        return "".join(pieces)
    try:
        return base64.b64encode(b"".join(base64.b64decode(piece) for piece in pieces)).decode()
    except binascii.Error:
        raise ValueError("bytes are not base64") from None
