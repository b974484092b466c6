"""Every dialect with a vendor on loopback that speaks it, configured as an operator would."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.upstreams.fake_anthropic import FakeAnthropic
from tests.upstreams.fake_bedrock import FakeBedrock
from tests.upstreams.fake_cohere import FakeCohere
from tests.upstreams.fake_google import FakeGoogle
from tests.upstreams.fake_mistral import FakeMistral
from tests.upstreams.fake_openai import FakeOpenAI
from tests.upstreams.fake_responses import FakeResponses
from tests.upstreams.situations import Received, SituationVendor

KEY = "static-upstream-key"


@dataclass(frozen=True)
class Spoken:
    """A provider to be configured: `fields` are the lines of its section beside dialect and address.

    `path` is what a request's path must match; `opened` whether its headers hold the credential.
    `signs` tells that thoughts are signed, `lacks` the situations that the vendor does not know.
    """

    name: str
    dialect: str
    vendor: Callable[[], SituationVendor]
    model: str
    path: str
    opened: Callable[[dict[str, str]], bool]
    base: str = ""
    fields: str = f'api_key = "{KEY}"'
    signs: bool = False
    lacks: frozenset[str] = field(default_factory=frozenset)

    def section(self, origin: str) -> str:
        head = f'[providers.{self.name}]\ndialect = "{self.dialect}"\nbase_url = "{origin}{self.base}"'
        return f"{head}\n{self.fields}\n"


def bearer(headers: dict[str, str]) -> bool:
    return headers.get("authorization") == f"Bearer {KEY}"


def under(name: str) -> Callable[[dict[str, str]], bool]:
    return lambda headers: headers.get(name) == KEY and "authorization" not in headers


def signed(headers: dict[str, str]) -> bool:
    value = headers.get("authorization", "")
    return bool(
        re.match(r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/us-east-1/bedrock/aws4_request", value)
    )


AWS = 'region = "us-east-1"\naccess_key_id = "AKIDEXAMPLE"\nsecret_access_key = "s3cret"'
VERTEX = f'project = "p"\nlocation = "us-central1"\naccess_token = "{KEY}"'
CHAT = r"/v1/chat/completions"

SPOKEN = (
    Spoken("o", "openai", FakeOpenAI, "gpt-4o", CHAT, bearer, base="/v1"),
    Spoken(
        "r",
        "openai-responses",
        FakeResponses,
        "gpt-5-codex",
        r"/v1/responses",
        bearer,
        base="/v1",
        signs=True,
    ),
    Spoken(
        "a", "anthropic", FakeAnthropic, "claude-sonnet-4-5", r"/v1/messages", under("x-api-key"), signs=True
    ),
    Spoken(
        "g",
        "google",
        FakeGoogle,
        "gemini-2.5-flash",
        r"/v1beta/models/gemini-2\.5-flash--[a-z-]+:(g|streamG)enerateContent",
        under("x-goog-api-key"),
        signs=True,
    ),
    Spoken(
        "v",
        "vertex",
        FakeGoogle,
        "gemini-2.5-flash",
        r"/v1beta1/projects/p/locations/us-central1/publishers/google/models/gemini-2\.5-flash--[a-z-]+:\w+",
        bearer,
        fields=VERTEX,
        signs=True,
    ),
    Spoken(
        "vc",
        "vertex",
        FakeAnthropic,
        "claude-sonnet-4-5",
        r"/v1beta1/projects/p/locations/us-central1/publishers/anthropic/models/claude-sonnet-4-5--[a-z-]+:\w+",
        bearer,
        fields=VERTEX,
        signs=True,
    ),
    Spoken(
        "b",
        "bedrock",
        FakeBedrock,
        "us.anthropic.claude-sonnet-4-5-v1:0",
        r"/model/us\.anthropic\.claude-sonnet-4-5-v1%3A0--[a-z-]+/converse(-stream)?",
        signed,
        fields=AWS,
        signs=True,
    ),
    Spoken(
        "bk",
        "bedrock",
        FakeBedrock,
        "us.amazon.nova-lite-v1:0",
        r"/model/us\.amazon\.nova-lite-v1%3A0--[a-z-]+/converse(-stream)?",
        bearer,
        fields=f'region = "us-east-1"\napi_key = "{KEY}"',
    ),
    Spoken(
        "z",
        "azure",
        FakeOpenAI,
        "gpt-4o",
        r"/openai/deployments/gpt-4o--[a-z-]+/chat/completions",
        under("api-key"),
        fields=f'api_key = "{KEY}"\napi_version = "2024-10-21"',
    ),
    Spoken(
        "z1",
        "azure",
        FakeOpenAI,
        "gpt-4o",
        r"/openai/v1/chat/completions",
        under("api-key"),
        base="/openai/v1",
    ),
    # The models of these two refuse in their own words, and their APIs do not tell.
    Spoken("c", "cohere", FakeCohere, "command-a-03-2025", r"/v2/chat", bearer, lacks=frozenset({"refusal"})),
    Spoken(
        "m",
        "mistral",
        FakeMistral,
        "magistral-medium-latest",
        CHAT,
        bearer,
        base="/v1",
        lacks=frozenset({"refusal"}),
    ),
)


def check_arrival(spoken: Spoken, received: Received) -> None:
    """The request came to the right place with the right key."""
    assert re.fullmatch(spoken.path, received.path), received.path
    assert spoken.opened(received.headers), received.headers


def pixel() -> str:
    """A small image as a data URL."""
    png = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    assert base64.b64decode(png).startswith(b"\x89PNG")
    return f"data:image/png;base64,{png.decode()}"


def weather_tool() -> dict[str, Any]:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {
        "type": "function",
        "function": {"name": "get_weather", "description": "The weather", "parameters": schema},
    }
