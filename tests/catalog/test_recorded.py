"""No recorded success is contradicted: what the catalog says an endpoint cannot do was not done by it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from service.catalog.catalog import Catalog

WIRE = Path(__file__).parents[3] / "shared" / "wire"
HOSTS = {
    "api.anthropic.com": "anthropic",
    "api.openai.com": "openai",
    "api.cerebras.ai": "cerebras",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "router.huggingface.co": "huggingface",
    "api.mistral.ai": "mistral",
    "ollama.com": "ollama-cloud",
    "openrouter.ai": "openrouter",
    "myorg-myaccount.snowflakecomputing.com": "snowflake",
    "api.z.ai": "z-ai",
    "api.cohere.com": "cohere",
    "generativelanguage.googleapis.com": "google-ai-studio",
    "aiplatform.googleapis.com": "google-vertex",
    "europe-west4-aiplatform.googleapis.com": "google-vertex",
    "bedrock-runtime.us-east-1.amazonaws.com": "amazon-bedrock",
    "bedrock-runtime.eu-central-1.amazonaws.com": "amazon-bedrock",
}
IMAGES = re.compile(r'"(image_url|input_image|image)"|"mime_?[tT]ype": "image/')
FILES = re.compile(r'"(file|input_file|document)": ?\{|"type": "(file|input_file|document)"|application/pdf')
SCHEMAS = re.compile(
    r'"json_schema"|"responseJsonSchema"|"responseSchema"|"response_json_schema"|"output_format": \{'
)
NAMED = re.compile(r"/models?/([^/]+?)(?::\w+|/(?:converse|converse-stream|invoke))$")


def exchanges() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for path in sorted(WIRE.glob("*.jsonl")):
        if path.stem == "embeddings":
            continue
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            provider = HOSTS.get(record["host"])
            request = record.get("request")
            if provider and record["status"] == 200 and isinstance(request, dict):
                found = NAMED.search(unquote(record["path"]))
                model = request.get("model") or (found[1] if found else "")
                yield record["case"], provider, model, request


def used(request: dict[str, Any]) -> Iterator[str]:
    """The capabilities that a request asks for, by the catalog's names."""
    text = json.dumps(request)
    tools = request.get("tools") or request.get("toolConfig", {}).get("tools")
    functions = ("function", "input_schema", "toolSpec", "functionDeclarations", "function_declarations")
    if tools and any(word in json.dumps(tools) for word in functions):
        yield "tools"
    if SCHEMAS.search(text):
        yield "structured_outputs"
    if request.get("temperature") is not None:
        yield "temperature"
    if IMAGES.search(text):
        yield "image"
    if FILES.search(text):
        yield "file"


@pytest.mark.skipif(not WIRE.exists(), reason="recorded traffic is not here")
def test_no_recorded_success_is_contradicted() -> None:
    catalog = Catalog.load()
    checked, contradicted = 0, set()
    for case, provider, model, request in exchanges():
        facts = catalog.facts(provider, model)
        for capability in used(request):
            checked += 1
            if capability in ("image", "file"):
                kinds = facts.input_modalities
                denied = kinds is not None and capability not in kinds
            else:
                denied = getattr(facts, capability) is False
            if denied:
                contradicted.add((provider, model, capability, case))

    assert checked > 300
    assert not contradicted
