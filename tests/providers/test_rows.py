"""The registry's rows: complete, sourced, and true to recorded traffic."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import msgspec
import pytest

from service.dialects import DIALECTS
from service.edge.chat_request import parse
from service.errors import NotServed
from service.providers.provider import Provider
from service.providers.rows import ROWS, Row
from service.settings import Dialect
from service.types.quirks import Quirks
from service.types.thinking import LEVELS
from service.types.upstream import Endpoint
from tests.asking import chat

SHARED = Path(__file__).parents[3] / "shared"
WIRE = sorted((SHARED / "wire").glob("chat.*.jsonl"))
MODELS_DEV = SHARED / "catalog" / "models-dev.json"
KNOWN = [row for row in ROWS.values() if row.name != "demo"]
each_row = pytest.mark.parametrize("row", KNOWN, ids=lambda row: row.name)

WANTED = {
    *("openai", "anthropic", "google-ai-studio", "google-vertex", "azure", "amazon-bedrock", "mistral"),
    *("cohere", "groq", "xai", "deepseek", "cerebras", "fireworks", "deepinfra"),
    *("together", "openrouter", "perplexity", "nvidia", "huggingface", "github-models", "sambanova"),
    *("nebius", "novita", "moonshotai", "z-ai", "alibaba", "minimax", "siliconflow"),
    *("baseten", "scaleway", "ovhcloud", "snowflake", "databricks", "cloudflare", "ollama"),
    *("vllm", "lmstudio", "llamacpp", "atoma"),
}


def endpoint_of(row: Row, model: str) -> Endpoint:
    return Provider(
        name=row.name,
        dialect=row.dialect,
        base_url=row.base_url,
        quirks=row.quirks,
        by_model=row.by_model,
        model_quirks=row.model_quirks,
    ).endpoint(model)


def folded(name: str) -> str:
    return name.casefold().replace(" ", "-")


def test_every_provider_that_must_be_there_is_there() -> None:
    assert not WANTED - set(ROWS)


def test_demo_is_first() -> None:
    assert next(iter(ROWS)) == "demo"


def test_no_name_means_two_providers() -> None:
    owners: dict[str, str] = {}
    for row in ROWS.values():
        for spelling in {folded(each) for each in (row.name, row.title, *row.aliases)}:
            assert owners.setdefault(spelling, row.name) == row.name, spelling


@each_row
def test_names_and_addresses(row: Row) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row.name)
    assert row.title == row.title.strip() != ""
    assert row.dialect in get_args(Dialect)
    assert row.docs
    assert row.docs.startswith("https://")
    assert row.local is row.base_url.startswith("http://localhost:")
    assert row.local or row.dialect == "vertex" or row.key_variables
    for address in (row.base_url, *row.location_urls.values()):
        whole = re.sub(r"\{\w+\}", "x", address)
        assert row.local or address == "{AZURE_OPENAI_ENDPOINT}" or whole.startswith("https://")
        assert not address.endswith("/")
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]+", name) for name in row.key_variables)


@each_row
def test_every_quirk_has_a_source_and_every_source_a_quirk(row: Row) -> None:
    quirks = [row.quirks, *(each for _, each in row.model_quirks)]
    told = {field for each in quirks for field in set_fields(each)}
    if row.by_model:
        told.add("by_model")
    facts = (row.privacy_policy_url, row.terms_of_service_url, row.status_page_url, row.headquarters)
    if any(fact is not None for fact in (*facts, row.datacenters, row.zdr, row.trains)):
        told.add("about")

    assert set(row.sources) == told
    for source in (source for sources in row.sources.values() for source in sources):
        kind = re.fullmatch(r"recorded: ([a-z.]+)", source)
        assert kind or trusted(source), source
        if kind and WIRE:
            assert kind[1] in {path.stem for path in WIRE}


# Vendors' own pages; of GitHub, vendors and well-known projects that quote what a vendor answered.
VENDOR_HOSTS = {
    *("api-docs.deepseek.com", "console.groq.com", "docs.baseten.co", "docs.bigmodel.cn", "docs.ollama.com"),
    *("docs.perplexity.ai", "docs.sambanova.ai", "docs.siliconflow.cn", "docs.together.ai", "docs.x.ai"),
    *("docs.z.ai", "inference-docs.cerebras.ai", "learn.microsoft.com", "openrouter.ai"),
    *("platform.kimi.ai", "platform.minimax.io", "platform.openai.com", "www.alibabacloud.com"),
    "www.scaleway.com",
}
PROJECTS = {
    *("atoma-network/atoma-proxy", "openai/openai-python", "openai/codex", "BerriAI/litellm", "vercel/ai"),
    *("run-llama/llama_index", "langchain-ai/langchain", "UKGovernmentBEIS/inspect_ai", "lobehub/lobehub"),
    *("open-webui/open-webui", "JetBrains/junie", "anomalyco/opencode", "eclipse-theia/theia", "janhq/jan"),
    *("QwenLM/qwen-code", "Kilo-Org/kilocode", "openclaw/openclaw", "continuedev/continue"),
    "DayuanJiang/next-ai-draw-io",
}


def trusted(source: str) -> bool:
    parts = urlsplit(source)
    project = "/".join(parts.path.split("/")[1:3])
    return parts.scheme == "https" and (
        parts.hostname in VENDOR_HOSTS or (parts.hostname == "github.com" and project in PROJECTS)
    )


def set_fields(quirks: Quirks) -> set[str]:
    return set(msgspec.to_builtins(quirks))  # those that are not the default


@each_row
def test_quirks_are_well_formed(row: Row) -> None:
    for pattern in [each for each, _ in (*row.by_model, *row.model_quirks)]:
        re.compile(pattern)
    assert {to for _, to in row.by_model} <= DIALECTS.keys()
    known = {"n", "logprobs", "tools", "response_format", "json_schema", "image", "audio", "stop"}
    for quirks in (row.quirks, *(each for _, each in row.model_quirks)):
        assert set(quirks.refused) <= known
        assert not set(quirks.dropped) & known
        levels = [LEVELS.index(effort) for effort in quirks.efforts or ()]
        assert levels == sorted(levels)
    for url in (row.privacy_policy_url, row.terms_of_service_url, row.status_page_url):
        assert url is None or url.startswith("https://")
    for country in (row.headquarters, *(row.datacenters or ())):
        assert country is None or re.fullmatch(r"[A-Z]{2}", country)


@pytest.mark.parametrize(
    "model",
    [
        *("o1-pro", "o3-pro-2025-06-10", "gpt-5-pro", "gpt-5.4-pro", "gpt-5-codex", "gpt-5.1-codex-max"),
        *("codex-mini-latest", "o4-mini-deep-research", "computer-use-preview"),
    ],
)
def test_models_that_only_the_responses_api_serves(model: str) -> None:
    assert endpoint_of(ROWS["openai"], model).dialect == "openai-responses"


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-5", "gpt-5.4-mini", "o3", "o4-mini", "gpt-5.3-chat-latest"])
def test_other_models_are_asked_by_chat_completions(model: str) -> None:
    assert endpoint_of(ROWS["openai"], model).dialect == "openai"


def test_the_responses_models_are_those_of_the_sdk() -> None:
    from openai.types.shared.chat_model import ChatModel
    from openai.types.shared.responses_model import ResponsesModel

    only = {
        model
        for part in get_args(ResponsesModel)
        for model in get_args(part)
        if model not in get_args(ChatModel)
    }

    assert len(only) > 10
    assert {endpoint_of(ROWS["openai"], model).dialect for model in only} == {"openai-responses"}


@pytest.mark.parametrize(
    ("model", "dialect"),
    [("gpt-5-codex", "azure-responses"), ("gpt-5-pro", "azure-responses"), ("gpt-5", "azure")],
)
def test_azure_serves_the_same_models_in_the_same_two_ways(model: str, dialect: str) -> None:
    assert endpoint_of(ROWS["azure"], model).dialect == dialect


@pytest.mark.parametrize(
    "model", ["gpt-5-codex", "gpt-5.1-codex-max", "gpt-5-pro", "o3-pro", "codex-mini-latest"]
)
def test_what_only_reasons_takes_no_sampling(model: str) -> None:
    endpoint = endpoint_of(ROWS["openai"], model)
    sent = json.loads(DIALECTS["openai-responses"].encode(chat(temperature=1, top_p=0.5), endpoint, {}).body)

    assert not {"temperature", "top_p"} & set(sent)


SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
# provider, model, what is asked for, what of it is sent (None: left out)
SENT: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "openai",
        "gpt-5-mini",
        {"max_tokens": 9, "temperature": 0.5},
        {"max_completion_tokens": 9, "max_tokens": None, "temperature": None},
    ),
    ("openai", "gpt-5-2025-08-07", {"reasoning_effort": "none"}, {"reasoning_effort": "minimal"}),
    ("openai", "gpt-5.1", {"temperature": 0.5}, {"temperature": 0.5}),
    ("openai", "gpt-5.6", {"max_tokens": 9}, {"max_completion_tokens": 9, "max_tokens": None}),
    ("openai", "gpt-4o", {"max_tokens": 9, "temperature": 0.5}, {"max_tokens": 9, "temperature": 0.5}),
    ("openai", "o3", {"parallel_tool_calls": False, "seed": 1}, {"parallel_tool_calls": None, "seed": 1}),
    ("openai", "o3-mini", {"stop": "x"}, {"stop": "x"}),
    ("openai", "gpt-5.1", {"parallel_tool_calls": False}, {"parallel_tool_calls": False}),
    ("openai", "gpt-5-chat-latest", {"reasoning_effort": "low"}, {"reasoning_effort": None}),
    ("openai", "gpt-4o-search-preview", {"temperature": 1, "seed": 1}, {"temperature": None, "seed": 1}),
    ("github-models", "openai/o4-mini", {"max_tokens": 9}, {"max_completion_tokens": 9}),
    (
        "groq",
        "openai/gpt-oss-20b",
        {"reasoning_effort": "xhigh", "logit_bias": {"1": 2}},
        {"reasoning_effort": "high", "logit_bias": None},
    ),
    ("groq", "openai/gpt-oss-20b", {"reasoning_effort": "minimal"}, {"reasoning_effort": "low"}),
    ("groq", "qwen/qwen3-32b", {"reasoning_effort": "none"}, {"reasoning_effort": "none"}),
    ("xai", "grok-4.3", {"reasoning_effort": "xhigh"}, {"reasoning_effort": "high"}),
    (
        "xai",
        "grok-code-fast-1",
        {"reasoning_effort": "low", "presence_penalty": 1},
        {"reasoning_effort": None, "presence_penalty": None},
    ),
    ("xai", "grok-build-0.1", {"reasoning_effort": "low"}, {"reasoning_effort": None}),
    (
        "xai",
        "grok-4.7",
        {"reasoning_effort": "low", "frequency_penalty": 1},
        {"reasoning_effort": "low", "frequency_penalty": None},
    ),
    ("xai", "grok-4-1-fast-non-reasoning", {"presence_penalty": 1}, {"presence_penalty": None}),
    ("xai", "grok-3-latest", {"presence_penalty": 1, "stop": "x"}, {"presence_penalty": 1, "stop": "x"}),
    ("xai", "grok-4-fast-reasoning", {"reasoning_effort": "low"}, {"reasoning_effort": None}),
    ("xai", "grok-4-fast-non-reasoning", {"presence_penalty": 1}, {"presence_penalty": 1}),
    (
        "deepseek",
        "deepseek-v4-flash",
        {"reasoning_effort": "high"},
        {"thinking": {"type": "enabled"}, "reasoning_effort": "high"},
    ),
    (
        "deepseek",
        "deepseek-v4-flash",
        {"reasoning_effort": "none"},
        {"thinking": {"type": "disabled"}, "reasoning_effort": None},
    ),
    ("z-ai", "glm-4.7", {"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
    (
        "z-ai",
        "glm-5.2",
        {"reasoning_effort": "max", "max_completion_tokens": 9},
        {"thinking": {"type": "enabled"}, "reasoning_effort": "max", "max_tokens": 9},
    ),
    ("moonshotai", "kimi-k2.6", {"top_p": 0.1, "seed": 1}, {"top_p": None, "seed": 1}),
    ("moonshotai", "kimi-k3", {"reasoning_effort": "medium"}, {"reasoning_effort": "medium"}),
    ("moonshotai", "moonshot-v1-8k", {"top_p": 0.1}, {"top_p": 0.1}),
    ("alibaba", "qwen-plus", {"reasoning_effort": "none"}, {"enable_thinking": False}),
    ("siliconflow", "x", {"max_completion_tokens": 9}, {"max_tokens": 9, "max_completion_tokens": None}),
    ("baseten", "openai/gpt-oss-120b", {"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
    ("baseten", "zai-org/GLM-4.7", {"reasoning_effort": "low"}, {"reasoning_effort": None}),
    ("scaleway", "m", {"logit_bias": {"1": 2}, "seed": 1}, {"logit_bias": None, "seed": 1}),
    ("ollama", "m", {"max_completion_tokens": 9}, {"max_tokens": 9, "max_completion_tokens": None}),
    ("openrouter", "openai/gpt-5", {"reasoning": {"effort": "high"}}, {"reasoning": {"effort": "high"}}),
    ("vllm", "m", {"max_tokens": 9, "top_k": 4, "n": 2}, {"max_tokens": 9, "top_k": 4, "n": 2}),
]


@pytest.mark.parametrize(
    ("provider", "model", "asked", "sent"),
    SENT,
    ids=[f"{each[0]}/{each[1]}/{'+'.join(each[2])}" for each in SENT],
)
def test_what_is_sent(provider: str, model: str, asked: dict[str, Any], sent: dict[str, Any]) -> None:
    body = json.loads(DIALECTS["openai"].encode(chat(**asked), endpoint_of(ROWS[provider], model), {}).body)

    assert {name: body.get(name) for name in sent} == sent


@pytest.mark.parametrize(
    ("provider", "model", "asked", "refused"),
    [
        ("groq", "m", {"n": 2}, ["n"]),
        ("groq", "openai/gpt-oss-20b", {"logprobs": True}, ["logprobs"]),
        ("perplexity", "sonar", {"tools": [{"type": "function", "function": {"name": "f"}}]}, ["tools"]),
        ("openai", "gpt-4o", {"n": 2, "logprobs": True}, []),
        ("openai", "gpt-5", {"logprobs": True}, ["logprobs"]),
        *(
            ("openai", model, {"stop": "x"}, ["stop"])
            for model in ("o3", "o4-mini", "gpt-5", "gpt-5-nano", "gpt-5.1-2025-11-13", "gpt-5.2")
        ),
        *(("openai", model, {"stop": "x"}, []) for model in ("gpt-4o", "o3-mini", "gpt-5.5")),
        *(
            ("xai", model, {"stop": "x"}, ["stop"])
            for model in ("grok-4.3", "grok-code-fast-1", "grok-latest")
        ),
        ("xai", "grok-4-fast-non-reasoning", {"stop": "x"}, []),
        ("perplexity", "sonar", {"stop": "x"}, ["stop"]),
        ("deepseek", "deepseek-v4-flash", {"response_format": SCHEMA}, ["response_format"]),
        ("deepseek", "deepseek-v4-flash", {"response_format": {"type": "json_object"}}, []),
        ("groq", "m", {"n": 1}, []),
    ],
)
def test_what_is_refused(provider: str, model: str, asked: dict[str, Any], refused: list[str]) -> None:
    obstacles = DIALECTS["openai"].obstacles(chat(**asked), endpoint_of(ROWS[provider], model))

    assert [each.field for each in obstacles] == refused


@pytest.mark.parametrize(
    ("provider", "role"),
    [("deepseek", "system"), ("moonshotai", "system"), ("cerebras", "system"), ("openai", "developer")],
)
def test_the_role_of_instructions(provider: str, role: str) -> None:
    request = chat(
        messages=[{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    )
    body = json.loads(DIALECTS["openai"].encode(request, endpoint_of(ROWS[provider], "m"), {}).body)

    assert [each["role"] for each in body["messages"]] == [role, "user"]


HISTORY: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("deepseek", {"reasoning": "so"}, {"reasoning_content": "so"}),
    ("cerebras", {"reasoning_content": "so"}, {"reasoning": "so"}),
    ("groq", {"reasoning_content": "so", "name": "al"}, {}),
]


@pytest.mark.parametrize(("provider", "given", "sent"), HISTORY, ids=[each[0] for each in HISTORY])
def test_thoughts_of_earlier_turns(provider: str, given: dict[str, Any], sent: dict[str, Any]) -> None:
    turn = {"role": "assistant", "content": "Hi"}
    request = chat(messages=[{"role": "user", "content": "Hi"}, turn | given])
    body = json.loads(DIALECTS["openai"].encode(request, endpoint_of(ROWS[provider], "m"), {}).body)

    assert body["messages"][1] == turn | sent


# Where the name in the recordings is not ours; None is nobody of the registry.
RECORDED = {"zai": "z-ai", "other": None}


def recorded() -> Iterator[tuple[Row, dict[str, Any]]]:
    for path in WIRE:
        kind = path.stem.partition(".")[2]
        row = ROWS.get(RECORDED.get(kind, kind) or "")
        if row and row.dialect == "openai":
            with path.open(encoding="utf-8") as lines:
                yield from ((row, record) for record in map(json.loads, lines) if record["status"] == 200)


@pytest.mark.skipif(not WIRE, reason="no recorded traffic beside the repository")
def test_no_quirk_changes_a_request_that_is_known_to_work() -> None:
    seen = set()
    for row, record in recorded():
        given = record["request"]
        if given is None:
            continue
        # Without a model the recorded address named it.
        body = {name: value for name, value in given.items() if value is not None}
        model = body.setdefault("model", "m")
        try:
            request = parse(json.dumps({**body, "model": f"{row.name}/{model}"}).encode())
        except NotServed:
            continue  # what Pointsman decides itself
        seen.add(row.name)
        assert not DIALECTS["openai"].obstacles(request, endpoint_of(row, model)), record["case"]
        sent = json.loads(DIALECTS["openai"].encode(request, endpoint_of(row, model), {}).body)
        for each in (body, sent):
            each.pop("stream_options", None)
            each.pop("provider", None)  # says whom Pointsman asks
        assert sent == body, record["case"]

    assert {"openai", "groq", "deepseek", "z-ai", "cerebras", "snowflake", "openrouter"} <= seen


# Sources of the catalog that are no providers of ours: an aggregator, and two with another address elsewhere.
NOT_OURS = {"vercel", "zhipuai", "inference", "llama"}
SLUGS = {"google-vertex-anthropic": "google-vertex"}


@pytest.mark.skipif(not MODELS_DEV.exists(), reason="no models.dev beside the repository")
def test_the_rows_are_those_of_models_dev() -> None:
    ours = {folded(each): row for row in ROWS.values() for each in (row.name, row.title, *row.aliases)}
    for name, source in json.loads(MODELS_DEV.read_text("utf-8"))["providers"].items():
        if name in NOT_OURS:
            continue
        row = ours[name]
        key = [
            each
            for each in source["env"]
            if re.search(r"(KEY|TOKEN|PAT)$|BEARER", each) and "ACCESS" not in each
        ]
        assert row.local or set(key) <= set(row.key_variables), name
        address = source.get("api")
        # Its MiniMax is of the Anthropic kind, and it says 127.0.0.1.
        if address and "$" not in address and name != "minimax" and not row.local:
            assert row.base_url == address.rstrip("/"), name
