"""Which providers are on, from the registry, the settings file and the environment."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from service import settings
from service.providers.configured import providers_of
from service.providers.provider import Provider
from service.providers.rows import ROWS
from service.settings import SettingsError
from service.types.account import AwsAccount, GoogleAccount
from service.types.facts import Facts
from service.types.secret import Secret


def configured(folder: Path, text: str = "", **env: str) -> dict[str, Provider]:
    (folder / "pointsman.toml").write_text(text, "utf-8")
    return dict(providers_of(settings.load(env, folder)))


CUSTOM = '[providers.acme]\ndialect = "openai"\nbase_url = "https://api.acme.test/v1/"\n'
ON = [
    ("nothing set: demo alone", "", {}, ["demo"]),
    ("a key in the environment", "", {"OPENAI_API_KEY": "sk-1"}, ["openai"]),
    ("an empty key in the environment", "", {"OPENAI_API_KEY": ""}, ["demo"]),
    ("demo beside others when written", "[providers.demo]", {"OPENAI_API_KEY": "sk-1"}, ["openai", "demo"]),
    ("demo written, alone", "[providers.demo]", {}, ["demo"]),
    ("a custom provider", CUSTOM, {}, ["acme"]),
    ("a custom provider beside a known one", CUSTOM, {"OPENAI_API_KEY": "sk-1"}, ["openai", "acme"]),
    ("a known one by its section", '[providers.openai]\napi_key = "sk-1"', {}, ["openai"]),
    (
        "a known one at another address needs no key",
        '[providers.openai]\nbase_url = "http://localhost:1/v1"',
        {},
        ["openai"],
    ),
]


@pytest.mark.parametrize(("text", "env", "on"), [row[1:] for row in ON], ids=[row[0] for row in ON])
def test_what_is_on(tmp_path: Path, text: str, env: dict[str, str], on: list[str]) -> None:
    assert list(configured(tmp_path, text, **env)) == on


@pytest.mark.parametrize(
    ("text", "env", "by_name_only"),
    [("", {}, False), ("[providers.demo]", {}, False), ("[providers.demo]", {"OPENAI_API_KEY": "x"}, True)],
    ids=["alone", "alone and written", "beside others"],
)
def test_demo_is_found_by_bare_names_only_alone(
    tmp_path: Path, text: str, env: dict[str, str], by_name_only: bool
) -> None:
    demo = configured(tmp_path, text, **env)["demo"]

    assert (demo.by_name_only, demo.models_only) == (by_name_only, True)
    assert demo.models == ("fast", "clever", "failing")


def test_a_row_is_the_default(tmp_path: Path) -> None:
    openai = configured(tmp_path, OPENAI_API_KEY="sk-1")["openai"]

    row = ROWS["openai"]
    assert openai == Provider(
        name="openai",
        title="OpenAI",
        catalog="openai",
        dialect="openai",
        base_url="https://api.openai.com/v1",
        keys=(Secret("sk-1"),),
        quirks=row.quirks,
        by_model=row.by_model,
        model_quirks=row.model_quirks,
        aliases=(*row.aliases, "openai", "OpenAI"),
    )


OVERRIDES = [
    ("key", 'api_key = "sk-2"', {"keys": (Secret("sk-2"),)}),
    ("keys", 'api_key = ["sk-2", "sk-3"]', {"keys": (Secret("sk-2"), Secret("sk-3"))}),
    ("key of another variable", 'api_key_env = "MINE"', {"keys": (Secret("sk-mine"),)}),
    (
        "the file wins over the variable it names",
        'api_key = "sk-2"\napi_key_env = "MINE"',
        {"keys": (Secret("sk-2"),)},
    ),
    ("address", 'base_url = "http://localhost:1/v1/"', {"base_url": "http://localhost:1/v1"}),
    ("models", 'models = ["a", "b/c"]', {"models": ("a", "b/c")}),
    ("no models", "models = []", {"models": ()}),
    ("closed", "models_only = true", {"models_only": True}),
]


@pytest.mark.parametrize(
    ("text", "changed"), [row[1:] for row in OVERRIDES], ids=[row[0] for row in OVERRIDES]
)
def test_a_section_overrides_the_row(tmp_path: Path, text: str, changed: dict[str, Any]) -> None:
    env = {"OPENAI_API_KEY": "sk-1", "MINE": "sk-mine"}

    plain = configured(tmp_path, **env)["openai"]
    openai = configured(tmp_path, f"[providers.openai]\n{text}", **env)["openai"]

    assert openai == msgspec.structs.replace(plain, **changed)


def test_a_custom_provider(tmp_path: Path) -> None:
    acme = configured(tmp_path, CUSTOM + 'api_key = "k"\nmodels = ["m"]\nmodels_only = true')["acme"]

    assert acme == Provider(
        name="acme",
        title="acme",
        catalog="acme",
        like="openai",
        dialect="openai",
        base_url="https://api.acme.test/v1",
        keys=(Secret("k"),),
        models=("m",),
        models_only=True,
    )
    assert acme.endpoint("x/y").id == "acme/x/y"


CLOUDS = [
    (
        "Bedrock by a key of its own",
        "",
        {"AWS_BEARER_TOKEN_BEDROCK": "k", "AWS_REGION": "eu-west-1"},
        ("amazon-bedrock", "https://bedrock-runtime.eu-west-1.amazonaws.com", (Secret("k"),), None),
    ),
    (
        "Bedrock by the machine's variables",
        "",
        {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "us-east-1"},
        (
            "amazon-bedrock",
            "https://bedrock-runtime.us-east-1.amazonaws.com",
            (),
            AwsAccount(region="us-east-1", access_key_id="a", secret_access_key=Secret("s")),
        ),
    ),
    (
        "Bedrock under its short name, by its section",
        '''[providers.bedrock]
region = "us-west-2"
access_key_id = "a"
secret_access_key = "s"
session_token = "t"''',
        {"AWS_BEARER_TOKEN_BEDROCK": "in the way"},
        (
            "bedrock",
            "https://bedrock-runtime.us-west-2.amazonaws.com",
            (),
            AwsAccount(
                region="us-west-2",
                access_key_id="a",
                secret_access_key=Secret("s"),
                session_token=Secret("t"),
            ),
        ),
    ),
    (
        "Bedrock by the machine's role",
        '[providers.bedrock]\nregion = "us-west-2"',
        {},
        ("bedrock", "https://bedrock-runtime.us-west-2.amazonaws.com", (), AwsAccount(region="us-west-2")),
    ),
    (
        "Vertex by a token",
        '[providers.vertex]\nproject = "p"\nlocation = "europe-west4"\naccess_token = "t"',
        {},
        (
            "vertex",
            "https://europe-west4-aiplatform.googleapis.com",
            (),
            GoogleAccount(access_token=Secret("t")),
        ),
    ),
    (
        "Vertex by a file, everywhere",
        '[providers.vertex]\nproject = "p"\ncredentials_file = "f.json"',
        {},
        ("vertex", "https://aiplatform.googleapis.com", (), GoogleAccount(credentials_file="f.json")),
    ),
    (
        "Vertex by the machine's variables",
        "",
        {"GOOGLE_APPLICATION_CREDENTIALS": "f", "GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "eu"},
        ("google-vertex", "https://aiplatform.eu.rep.googleapis.com", (), GoogleAccount()),
    ),
    (
        "Azure by its variables",
        "",
        {"AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com/"},
        ("azure", "https://r.openai.azure.com", (Secret("k"),), None),
    ),
    (
        "an address of each customer",
        "",
        {"CLOUDFLARE_API_KEY": "k", "CLOUDFLARE_ACCOUNT_ID": "acc"},
        ("cloudflare", "https://api.cloudflare.com/client/v4/accounts/acc/ai/v1", (Secret("k"),), None),
    ),
    (
        "an address with its scheme",
        "",
        {"DATABRICKS_TOKEN": "k", "DATABRICKS_HOST": "https://d.example"},
        ("databricks", "https://d.example/ai-gateway/mlflow/v1", (Secret("k"),), None),
    ),
    (
        "a server on the machine needs no key",
        "[providers.ollama]",
        {},
        ("ollama", "http://localhost:11434/v1", (), None),
    ),
    (
        "a provider under another name keeps it",
        '[providers.google]\napi_key = "k"',
        {},
        ("google", "https://generativelanguage.googleapis.com", (Secret("k"),), None),
    ),
]


@pytest.mark.parametrize(
    ("text", "env", "expected"), [row[1:] for row in CLOUDS], ids=[row[0] for row in CLOUDS]
)
def test_where_and_how(tmp_path: Path, text: str, env: dict[str, str], expected: tuple[Any, ...]) -> None:
    [provider] = configured(tmp_path, text, **env).values()

    assert (provider.name, provider.base_url, provider.keys, provider.account) == expected


@pytest.mark.parametrize(
    "env",
    [
        {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"},
        {"CLOUDFLARE_API_KEY": "k"},
        {"GOOGLE_APPLICATION_CREDENTIALS": "f"},
        {"AZURE_OPENAI_API_KEY": "k"},
    ],
    ids="+".join,
)
def test_a_key_that_does_not_say_where_turns_nothing_on(tmp_path: Path, env: dict[str, str]) -> None:
    assert list(configured(tmp_path, "", **env)) == ["demo"]


def test_a_row_under_another_name_is_the_row_still(tmp_path: Path) -> None:
    google = configured(tmp_path, '[providers.google]\napi_key = "k"')["google"]

    assert (google.catalog, google.like) == ("google-ai-studio", None)
    assert "google-ai-studio" in google.aliases


def test_models_of_one_s_own_address_are_those_of_the_dialect_s_home(tmp_path: Path) -> None:
    text = '[providers.replay]\ndialect = "anthropic"\nbase_url = "http://localhost:1"'

    assert configured(tmp_path, text)["replay"].like == "anthropic"


FAULTS = [
    (
        "no key",
        "[providers.openai]",
        "providers.openai: no key; set api_key, api_key_env or the variable OPENAI_API_KEY",
    ),
    ("empty keys", "[providers.openai]\napi_key = []", "providers.openai: no key"),
    (
        "variable not set",
        '[providers.openai]\napi_key_env = "NOPE"',
        "providers.openai.api_key_env: the variable NOPE is not set",
    ),
    ("no dialect", '[providers.acme]\nbase_url = "http://x"', "providers.acme.dialect: is required"),
    ("no address", '[providers.acme]\ndialect = "openai"', "providers.acme.base_url: is required"),
    (
        "address of another kind",
        '[providers.acme]\ndialect = "openai"\nbase_url = "ftp://x"',
        "providers.acme.base_url: must be http(s)://HOST[:PORT][/PATH]",
    ),
    (
        "address with a query",
        '[providers.acme]\ndialect = "openai"\nbase_url = "https://x/v1?api-version=2"',
        "providers.acme.base_url: must be",
    ),
    (
        "address with a password",
        '[providers.acme]\ndialect = "openai"\nbase_url = "https://user:pw@x/v1"',
        "without user, query or fragment",
    ),
    (
        "key that fits no header",
        '[providers.acme]\ndialect = "openai"\nbase_url = "https://x/v1"\napi_key = "schlüssel"',
        "providers.acme.api_key: must be of printable ASCII",
    ),
    (
        "settings of the demo",
        '[providers.demo]\nmodels = ["mine"]',
        "providers.demo: takes no settings",
    ),
    (
        "address without host",
        '[providers.acme]\ndialect = "openai"\nbase_url = "https:///v1"',
        "providers.acme.base_url: must be",
    ),
    (
        "reserved name",
        '[providers.inworld]\ndialect = "openai"\nbase_url = "http://x"',
        "providers.inworld: the name is reserved",
    ),
    (
        "reserved name, auto",
        '[providers.auto]\ndialect = "openai"\nbase_url = "http://x"',
        "providers.auto: the name is reserved",
    ),
    (
        "half of a pair",
        '[providers.bedrock]\nregion = "r"\naccess_key_id = "a"',
        "providers.bedrock.access_key_id and .secret_access_key: one needs the other",
    ),
    (
        "no region",
        "[providers.bedrock]",
        "providers.bedrock.region: is required (or the variable AWS_REGION)",
    ),
    (
        "a field of another dialect",
        '[providers.openai]\napi_key = "k"\nregion = "r"',
        "providers.openai.region: belongs to dialect bedrock, not to openai",
    ),
    (
        "one provider twice",
        '[providers.google]\napi_key = "k"\n[providers.gemini]\napi_key = "k"',
        "providers.gemini: is another name of providers.google; write one of them",
    ),
    (
        "capital letters",
        '[providers.Acme]\ndialect = "openai"\nbase_url = "http://x"',
        "providers.Acme: a name is made of",
    ),
    (
        "a slash in the name",
        '[providers."a/b"]\ndialect = "openai"\nbase_url = "http://x"',
        "providers.a/b: a name is made of",
    ),
]


@pytest.mark.parametrize(("text", "words"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_faults(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        configured(tmp_path, text)

    assert words in str(caught.value)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        configured(tmp_path, "[providers.openai]\n[providers.one]\n[providers.Two]\n")

    assert all(f"\n  providers.{name}" in str(caught.value) for name in ("openai", "one", "Two"))


KEY = "sk-secret-0123456789"


def test_no_key_is_printed(tmp_path: Path) -> None:
    text = f'{CUSTOM}api_key = ["{KEY}"]\n[providers.openai]\napi_key = "{KEY}"'
    (tmp_path / "pointsman.toml").write_text(text, "utf-8")
    loaded = settings.load({"POINTSMAN_API_KEY": KEY, "OPENAI_API_KEY": KEY}, tmp_path)

    for shown in (loaded, loaded.providers, loaded.environment, providers_of(loaded)):
        assert KEY not in repr(shown)
        assert KEY not in str(shown)


@pytest.mark.parametrize(
    "text",
    [
        f'[providers.openai]\napi_key = {{x = "{KEY}"}}',
        f'[providers.openai]\napi_keys = "{KEY}"',
        f'[providers]\nopenai = "{KEY}"',
        f'[providers.openai]\nbase_url = "http://x"\napi_key = [5, "{KEY}"]',
        f'[providers.openai]\napi_key = "{KEY}"\nmodels = 5',
        f'providers = "{KEY}"',
        f'[providers.openai]\napi_key = "{KEY}"\n[broken',
    ],
)
def test_no_key_is_shown_in_a_fault(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        configured(tmp_path, text)

    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "facts", "told"),
    [
        ("", Facts(), (True, False)),
        ("", Facts(zdr=False), (False, False)),
        ('[providers.perplexity]\nbase_url = "http://localhost:1"', Facts(), (None, None)),
    ],
    ids=["the vendor's word", "a word about the endpoint", "another address"],
)
def test_what_a_vendor_promises_is_a_fact_of_its_endpoints(
    tmp_path: Path, text: str, facts: Facts, told: tuple[bool | None, bool | None]
) -> None:
    vendor = configured(tmp_path, text, PERPLEXITY_API_KEY="k")["perplexity"]

    found = vendor.endpoint("sonar", facts).facts
    assert (found.zdr, found.trains) == told
