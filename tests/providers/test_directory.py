"""Endpoints by the names callers use, from the providers that are on and the catalog."""

import time
import timeit
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from service import settings
from service.catalog.catalog import Catalog
from service.catalog.model_row import ModelRow, PriceTable
from service.catalog.names import author_key
from service.providers.configured import catalog, directory_of
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.types.facts import Facts, Model

GPT, LLAMA = (
    Model(id="openai/gpt-oss-120b", name="gpt-oss-120b"),
    Model(id="meta-llama/llama-3.3-70b-instruct"),
)
CATALOG = Catalog(
    {each.id: each for each in (GPT, LLAMA)},
    {
        "groq": {"openai/gpt-oss-120b": Facts(model=GPT, tools=True, context_length=131072)},
        "together": {
            "openai/gpt-oss-120b": Facts(model=GPT),
            "meta-llama/Llama-3.3-70B-Instruct": Facts(model=LLAMA),
        },
        "cerebras": {"gpt-oss-120b": Facts(model=GPT)},
        "openai": {"gpt-4o": Facts()},
    },
)


def provider(name: str, **members: object) -> Provider:
    return Provider(name=name, dialect="openai", base_url=f"https://{name}.test", catalog=name, **members)  # type: ignore[arg-type]


def directory(*providers: Provider, off: Mapping[str, Provider] | None = None) -> Directory:
    return Directory({each.name: each for each in providers}, CATALOG, off)


GROQ, TOGETHER, OPENAI = provider("groq"), provider("together"), provider("openai")
OWN = provider("own", models=("gpt-oss-120b", "my-model"))
HIDDEN = provider("hidden", models=("my-model",), by_name_only=True)

OSS_GROQ, OSS_TOGETHER = "groq/openai/gpt-oss-120b", "together/openai/gpt-oss-120b"
NAMED = [
    ("bare, in registry order", "gpt-oss-120b", [GROQ, TOGETHER], [OSS_GROQ, OSS_TOGETHER]),
    ("registry order is the order", "gpt-oss-120b", [TOGETHER, GROQ], [OSS_TOGETHER, OSS_GROQ]),
    ("with its author", "openai/gpt-oss-120b", [GROQ], ["groq/openai/gpt-oss-120b"]),
    ("in capitals", "Llama-3.3-70B-Instruct", [TOGETHER], ["together/meta-llama/Llama-3.3-70B-Instruct"]),
    ("only what is on", "gpt-oss-120b", [OPENAI], []),
    ("a list of one's own", "gpt-oss-120b", [OWN], ["own/gpt-oss-120b"]),
    ("unknown to the catalog", "my-model", [OWN], ["own/my-model"]),
    ("not by bare names", "my-model", [HIDDEN], []),
    ("nothing", "no-such-model", [GROQ, OWN], []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "on", "found"), [row[1:] for row in NAMED], ids=[row[0] for row in NAMED])
def test_who_serves_a_model(name: str, on: list[Provider], found: list[str]) -> None:
    assert [endpoint.id for endpoint in directory(*on).serving(name)] == found


def test_an_endpoint_knows_its_facts() -> None:
    [endpoint] = directory(GROQ).serving("gpt-oss-120b")

    assert (endpoint.facts.tools, endpoint.facts.context_length, endpoint.facts.model) == (True, 131072, GPT)


def test_an_endpoint_is_the_same_however_it_is_found() -> None:
    found = directory(GROQ, TOGETHER)

    [listed, *_] = found.listed()
    assert found.with_id(OSS_GROQ) is listed
    assert found.serving("gpt-oss-120b")[0] is listed
    assert found.serving("GPT_OSS_120B")[0] is listed
    assert found.at(GROQ, "gpt-oss-120b")[0] is listed
    assert found.listed_at(GROQ)[0] is listed
    assert found.made_by["openai"][GPT][0] is listed
    assert found.endpoint(GROQ, "unlisted") is found.endpoint(GROQ, "unlisted")


@pytest.mark.parametrize(
    "name",
    [
        "groq/unlisted",
        "Groq/openai/gpt-oss-120b",
        "openai/gpt-oss-120b",
        "cerebras/gpt-oss-120b",
        "groq",
        "groq/",
        "/openai/gpt-oss-120b",
        "",
    ],
)
def test_what_is_nobody_s_id(name: str) -> None:
    found = directory(GROQ, off={"cerebras": provider("cerebras")})
    for each in found.listed(everything=True):
        found.endpoint(GROQ, each.model)
    found.endpoint(GROQ, "unlisted")

    assert found.with_id(name) is None


def test_names_of_callers_do_not_fill_the_memory() -> None:
    found = directory(GROQ, TOGETHER)
    for number in range(5_000):
        spelling = f"gpt{'-' * number}oss-120b"
        found.endpoint(GROQ, f"unlisted-{number}")
        found.at(GROQ, spelling)
        found.serving(spelling)
        found.serving(f"unknown-{number}")
    found.serving(f"gpt{'-' * 100_000}oss-120b")

    kept = [each for each in vars(found).values() if isinstance(each, dict)]
    assert max(map(len, kept)) < 2_500
    assert max(len(name) for each in kept for name in each) < 300


def test_who_made_what_is_listed() -> None:
    made_by = directory(GROQ, TOGETHER, OWN, HIDDEN).made_by

    assert {author: list(models) for author, models in made_by.items()} == {
        "openai": [GPT],
        author_key("Meta"): [LLAMA],
    }
    assert [each.id for each in made_by["openai"][GPT]] == [OSS_GROQ, OSS_TOGETHER]


AT = [
    ("its own id", GROQ, "openai/gpt-oss-120b", ["groq/openai/gpt-oss-120b"]),
    ("a bare name", GROQ, "gpt-oss-120b", ["groq/openai/gpt-oss-120b"]),
    ("another spelling", TOGETHER, "llama-3-3-70b-instruct", ["together/meta-llama/Llama-3.3-70B-Instruct"]),
    ("what it does not have", GROQ, "llama-3.3-70b-instruct", []),
    ("of a list of its own", OWN, "my-model", ["own/my-model"]),
]


@pytest.mark.parametrize(("at", "name", "found"), [row[1:] for row in AT], ids=[row[0] for row in AT])
def test_a_name_at_a_provider(at: Provider, name: str, found: list[str]) -> None:
    assert [each.id for each in directory(at).at(at, name)] == found


def test_a_list_of_ids_of_the_provider_that_one_is_like() -> None:
    mine = provider("mine", models=("openai/gpt-oss-120b",), like="groq")
    both = directory(mine)

    [found] = both.serving("gpt-oss-120b")
    assert (found.id, found.facts.context_length) == ("mine/openai/gpt-oss-120b", 131072)
    assert [each.id for each in both.at(mine, "gpt-oss-120b")] == ["mine/openai/gpt-oss-120b"]


def test_who_would_serve_it() -> None:
    off = {name: provider(name) for name in ("groq", "cerebras")}

    assert directory(OPENAI, off=off).elsewhere("gpt-oss-120b") == ["groq", "cerebras"]


def test_a_row_of_the_operator_leaves_what_the_others_are_like(tmp_path: Path) -> None:
    text = """
[providers.gw]
dialect = "anthropic"
base_url = "http://localhost:1"
models = ["claude-sonnet-4-5"]
[[models]]
provider = "gw"
id = "my-own"
"""
    (tmp_path / "pointsman.toml").write_text(text, "utf-8")

    found = directory_of(settings.load({}, tmp_path))

    gw = found.providers["gw"]
    assert found.endpoint(gw, "claude-sonnet-4-5").facts.max_completion_tokens == 64000
    assert [each.id for each in found.serving("my-own")] == ["gw/my-own"]
    assert [each.id for each in found.serving("anthropic/claude-sonnet-4.5")] == ["gw/claude-sonnet-4-5"]


@pytest.mark.parametrize("named", ["opnai", "zz"])
def test_a_row_of_nobody_is_a_fault(tmp_path: Path, named: str) -> None:
    (tmp_path / "pointsman.toml").write_text(f'[[models]]\nprovider = "{named}"\nid = "y"\n', "utf-8")

    with pytest.raises(settings.SettingsError, match=rf"models\[0\].provider: .*'{named}'"):
        directory_of(settings.load({}, tmp_path))


@pytest.mark.parametrize("named", ["openai", "OpenAI"])
def test_a_row_of_a_provider_however_it_is_spelt(tmp_path: Path, named: str) -> None:
    text = f'[[models]]\nprovider = "{named}"\nid = "gpt-4o"\ncontext_length = 5\n'
    (tmp_path / "pointsman.toml").write_text(text, "utf-8")

    found = directory_of(settings.load({"OPENAI_API_KEY": "k"}, tmp_path))

    assert found.serving("gpt-4o")[0].facts.context_length == 5


@pytest.mark.parametrize("spelling", ["groq", "Groq", "GROQ", "groq-ai", "Groq AI"])
def test_a_provider_by_any_of_its_names(spelling: str) -> None:
    known = provider("groq", title="Groq AI", aliases=("groq-ai",))

    assert directory(known).provider(spelling) is known
    assert directory(OPENAI).provider(spelling) is None


def test_a_name_comes_before_an_alias() -> None:
    first, second = provider("a", aliases=("b",)), provider("b")

    assert directory(first, second).provider("b") is second


def test_listings() -> None:
    found = directory(GROQ, OWN, off={"cerebras": provider("cerebras")})

    served = ["groq/openai/gpt-oss-120b", "own/gpt-oss-120b", "own/my-model"]
    assert [each.id for each in found.listed()] == served
    assert [each.id for each in found.listed(everything=True)] == [*served, "cerebras/gpt-oss-120b"]


@pytest.mark.parametrize(
    ("name", "near"),
    [("gpt-oss-12b", "groq/openai/gpt-oss-120b"), ("grok/gpt-oss-120b", "groq/openai/gpt-oss-120b")],
)
def test_suggestions_can_be_sent(name: str, near: str) -> None:
    assert directory(GROQ, OPENAI).near(name)[0] == near


def test_suggestions_are_bounded() -> None:
    assert directory(GROQ).near("x" * 101) == []


def test_suggestions_among_everything_are_found_quickly() -> None:
    shipped = catalog()
    everything = Directory({name: provider(name) for name in shipped.providers}, shipped)
    start = time.perf_counter()
    for text in ("claude-sonet-4-5", "meta-llama/llama-3-70b-instruct-turbo-fast-latest-preview", "q" * 100):
        everything.near(text)

    # 40 ms each, and only for errors; ten times that on a busy machine.
    assert time.perf_counter() - start < 1.2


def test_everything_is_joined_and_found_quickly() -> None:
    shipped = catalog()
    providers = {name: provider(name) for name in shipped.providers}
    everything = Directory(providers, shipped)
    listed = [endpoint.id for endpoint in everything.listed()]

    def make() -> Directory:
        return Directory(providers, shipped)

    def find() -> None:
        everything.serving("gpt-oss-120b")
        everything.with_id(listed[-1])

    # 60 us, 3 ms, and a microsecond; ten times that on a busy machine, which is not always busy.
    assert min(timeit.repeat(lambda: Directory(providers, shipped), number=1, repeat=5)) < 600e-6
    assert (
        min(timeit.repeat(lambda: list(Directory(providers, shipped).listed()), number=1, repeat=5)) < 30e-3
    )
    assert min(timeit.repeat(find, number=100, repeat=5)) < 100 * 10e-6


def test_rows_of_the_operator(tmp_path: Path) -> None:
    text = """
[providers.bedrock]
region = "us-east-1"
api_key = "k"
[providers.mine]
dialect = "anthropic"
base_url = "http://localhost:1"
[[models]]
provider = "bedrock"
id = "acme.new-v1:0"
model = "acme/new"
context_length = 1000
price = {prompt = 0.15, completion = "1.5"}
[[models]]
provider = "mine"
id = "claude-sonnet-4-5"
max_completion_tokens = 77
"""
    (tmp_path / "pointsman.toml").write_text(text, "utf-8")

    found = directory_of(settings.load({}, tmp_path))

    [new] = found.serving("acme/new")
    assert (new.id, new.facts.context_length) == ("bedrock/acme.new-v1:0", 1000)
    assert new.facts.price == PriceTable(prompt=Decimal("0.15"), completion=Decimal("1.5"))
    mine = found.endpoint(found.providers["mine"], "claude-sonnet-4-5")
    assert mine.facts.max_completion_tokens == 77


def test_faults_of_rows_are_all_told(tmp_path: Path) -> None:
    text = '[[models]]\nprovider = "x"\n[[models]]\nprovider = "x"\nid = "y"\nprice = {promt = 1}\n'
    (tmp_path / "pointsman.toml").write_text(text, "utf-8")

    with pytest.raises(settings.SettingsError) as caught:
        directory_of(settings.load({}, tmp_path))
    assert "models[0].id: id field is required" in str(caught.value)
    assert "models[1].price.promt: unknown option" in str(caught.value)


def test_model_rows_are_what_the_settings_take() -> None:
    assert ModelRow(provider="x", id="y").on_facts(Facts()) == Facts()
