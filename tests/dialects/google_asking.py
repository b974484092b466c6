"""Encodes requests as the Google dialects do, and holds each against `google-genai`'s models."""

import functools
import json
from typing import Any

from google.genai import models, types
from pydantic import TypeAdapter

from service.dialects.google import Google
from service.dialects.google.vertex import GeminiOnVertex
from service.types.media import Media
from service.types.upstream import Endpoint, Site, UpstreamRequest
from tests.asking import chat

Json = dict[str, Any]

GEMINI_3, GEMINI_2 = "gemini-3-flash-preview", "gemini-2.5-flash"
USER = {"role": "user", "content": "Hi"}
SAID = {"role": "user", "parts": [{"text": "Hi"}]}
FETCHED = {"https://x.test/a.png": Media("image/png", "QUJD"), "https://x.test/a": Media("image/gif", "QUJD")}
SCHEMA = {"type": "object", "properties": {"z": {"$ref": "#/$defs/A"}, "a": {"const": 1}}, "$defs": {"A": {}}}
TOOL: Json = {
    "type": "function",
    "function": {"name": "f", "description": "d", "parameters": SCHEMA},
}
FILES = "https://generativelanguage.googleapis.com/v1beta/files/abc"
CALLS = [
    {
        "id": "c1",
        "type": "function",
        "function": {"name": "f", "arguments": '{"b": 1.0, "a": 12345678901234567890}'},
    },
    {"id": "c2", "type": "function", "function": {"name": "g", "arguments": ""}},
]


def endpoint(model: str, *, vertex: bool, **members: Any) -> Endpoint:
    site = Site(project="p 1", location="global") if vertex else Site()
    name = "vertex" if vertex else "google"
    members = {"site": site, **members}
    return Endpoint(provider=name, model=model, base_url="https://g.test", dialect=name, **members)


def sent(model: str = GEMINI_3, *, vertex: bool = False, **members: Any) -> tuple[Json, UpstreamRequest]:
    """The body for these members, found good by the SDK."""
    dialect = GeminiOnVertex() if vertex else Google()
    at, request = endpoint(model, vertex=vertex), chat(**members)
    assert not dialect.obstacles(request, at)
    media = {url: FETCHED[url] for url in dialect.links(request, at)}
    made = dialect.encode(request, at, media)
    body = json.loads(made.body)
    check(body, vertex=vertex)
    return body, made


FORMS: dict[str, Any] = {
    "contents": list[types.Content],
    "continuationToken": str,
    "systemInstruction": types.Content,
    "tools": list[types.Tool],
    "toolConfig": types.ToolConfig,
    "generationConfig": types.GenerationConfig,
    "safetySettings": list[types.SafetySetting],
    "modelArmorConfig": types.ModelArmorConfig,
    "cachedContent": str,
    "labels": dict[str, str],
    "serviceTier": types.ServiceTier,
    "store": bool,
}


def check(body: Json, *, vertex: bool) -> None:
    """Validates a REST body: no member that the SDK does not know, none that this address does not take."""
    body = json.loads(json.dumps(body))
    generation = body.get("generationConfig", {})
    # The SDK has it in the configuration that its users write, and sends it here.
    image = generation.pop("imageConfig", None)
    if image is not None:
        types.ImageConfig.model_validate(image)
    parsed = {name: _adapter(name).validate_python(value) for name, value in body.items()}
    suffix = "vertex" if vertex else "mldev"
    for content in parsed["contents"]:
        getattr(models, f"_Content_to_{suffix}")(content)
    for tool in parsed.get("tools", ()):
        getattr(models, f"_Tool_to_{suffix}")(tool)
    if "toolConfig" in parsed:
        getattr(models, f"_ToolConfig_to_{suffix}")(parsed["toolConfig"])


def part(**members: Any) -> list[Json]:
    return [{"role": "user", "content": [members]}]


def image(url: str) -> list[Json]:
    return part(type="image_url", image_url={"url": url})


def generation(**members: Any) -> Json:
    return {"generationConfig": members}


def choosing(choice: Any) -> Json:
    return {"tools": [TOOL], "tool_choice": choice}


@functools.cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(FORMS[name])
