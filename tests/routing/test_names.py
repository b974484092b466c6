"""From a model's name to the endpoints that serve it."""

import timeit
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.catalog.catalog import Catalog
from service.errors import InvalidRequest, ModelNotFound, NotServed, PointsmanError, ProviderNotFound
from service.providers.configured import catalog
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.providers.rows import ROWS
from service.routing.names import SUFFIXES, Meant, resolve, resolve_pool_entry
from service.types.facts import Facts, Model
from service.types.flavour import OPENAI, OPENROUTER, Flavour

BOTH = (OPENAI, OPENROUTER)
V1, API = (OPENAI,), (OPENROUTER,)


def model(name: str, created: int | None = None) -> Facts:
    return Facts(model=Model(id=name, created=created))


def provider(name: str, *models: str, models_only: bool = False, by_name_only: bool = False) -> Provider:
    """A provider with a list of its own."""
    return Provider(
        name=name,
        dialect="openai",
        base_url=f"https://{name}.test/v1",
        models=models,
        models_only=models_only,
        by_name_only=by_name_only,
    )


def known(name: str, title: str = "", aliases: tuple[str, ...] = ()) -> Provider:
    """A provider whose models the catalog lists."""
    return Provider(
        name=name,
        title=title,
        aliases=aliases,
        catalog=name,
        dialect="openai",
        base_url=f"https://{name}.test/v1",
    )


OFFERED = {
    "openai": {"gpt-5": model("openai/gpt-5"), "gpt-5-mini": model("openai/gpt-5-mini")},
    "anthropic": {
        "claude-sonnet-4-5": model("anthropic/claude-sonnet-4.5", 20),
        "claude-opus-4-7": model("anthropic/claude-opus-4.7", 30),
        "claude-opus-4-7-fast": model("anthropic/claude-opus-4.7-fast", 90),
        "claude-opus-4": model("anthropic/claude-opus-4", 10),
        "claude-opus-4-preview": model("anthropic/claude-opus-4-preview"),
    },
    "azure": {"gpt-5": model("openai/gpt-5"), "GPT-OSS-1": model("openai/gpt-oss-1")},
    "bedrock": {
        "eu.anthropic.claude-sonnet-4-5-v1:0": model("anthropic/claude-sonnet-4.5", 20),
        "us.anthropic.claude-sonnet-4-5-v1:0": model("anthropic/claude-sonnet-4.5", 20),
    },
    "groq": {"openai/gpt-oss-1": model("openai/gpt-oss-1"), "llama-9": model("meta/llama-9")},
    "hub": {
        "openai/gpt-5": model("openai/gpt-5"),
        "deepseek/deepseek-r1": model("deepseek/deepseek-r1"),
        "deepseek/deepseek-r1:free": model("deepseek/deepseek-r1"),
        "~openai/o-latest": model("openai/o-latest"),
        "qwen/qwen3.7-max": model("qwen/qwen3.7-max", 7),
        "qwen/qwen-3-max": model("qwen/qwen-3-max", 3),
        "openai/gpt-4o-2024-11-20": model("openai/gpt-4o-2024-11-20", 4),
        "openai/gpt-4o": model("openai/gpt-4o", 4),
        "moonshot/kimi-k2.6": model("moonshot/kimi-k2.6", 5),
        "moonshot/kimi-k2.7-code": model("moonshot/kimi-k2.7-code", 9),
        "google/gemma-4-31b": model("google/gemma-4-31b", 9),
        "google/gemma-3": model("google/gemma-3", 2),
    },
    # Off, and the only one that has the newest.
    "gone": {"llama-10": model("meta/llama-10"), "opus": model("anthropic/claude-opus-9", 99)},
}
MODELS = [facts.model for rows in OFFERED.values() for facts in rows.values() if facts.model]
CATALOG = Catalog({each.id: each for each in MODELS}, OFFERED)
ON = {
    each.name: each
    for each in (
        known("openai", "OpenAI"),
        known("anthropic", "Anthropic"),
        known("azure", "Microsoft Azure", ("azure-openai",)),
        known("bedrock"),
        known("groq"),
        known("hub"),
        provider("acme", "llama-3", "meta/llama-4", "shared", "odd:online"),
        provider("other", "shared"),
        provider("closed", "only-this", "meta/only", models_only=True),
        provider("demo", "fast", models_only=True, by_name_only=True),
        provider("empty"),
        # Also an author, whose open model others serve.
        provider("meta", "llama-1"),
    )
}
DIRECTORY = Directory(ON, CATALOG, {"gone": known("gone")})

GPT_5 = ["openai/gpt-5", "azure/gpt-5", "hub/openai/gpt-5"]
SONNET = [
    "anthropic/claude-sonnet-4-5",
    "bedrock/eu.anthropic.claude-sonnet-4-5-v1:0",
    "bedrock/us.anthropic.claude-sonnet-4-5-v1:0",
]
OSS = ["azure/GPT-OSS-1", "groq/openai/gpt-oss-1"]
R1 = ["hub/deepseek/deepseek-r1", "hub/deepseek/deepseek-r1:free"]


class Case(NamedTuple):
    """What a name means; `pinned` unless several or `named` say otherwise."""

    shows: str
    name: str
    ids: list[str]
    flavours: tuple[Flavour, ...] = BOTH
    named: bool = False
    suffixes: str = ""


CASES = [
    # An endpoint's id, as listings print it.
    Case("I2.1 provider/model", "groq/llama-9", ["groq/llama-9"]),
    Case("I2.1 split at the first slash", "groq/openai/gpt-oss-1", ["groq/openai/gpt-oss-1"]),
    Case("I2.1 an id with a suffix in it", "hub/deepseek/deepseek-r1:free", [R1[1]]),
    Case("I2.1 an id that ends like a suffix", "acme/odd:online", ["acme/odd:online"]),
    Case("I2.1 an id of a vendor's own list", "acme/meta/llama-4", ["acme/meta/llama-4"]),
    Case("I2.1 one that is asked by name alone", "demo/fast", ["demo/fast"]),
    Case("A3.1 an id that no author's name is", "anthropic/claude-sonnet-4-5", SONNET[:1]),
    # Provider first on one door, author first on the other.
    Case("I2.1 a provider that is also the author", "openai/gpt-5", GPT_5[:1], V1),
    Case("A3.1 an author who is also a provider", "openai/gpt-5", GPT_5, API),
    Case("I2.1 another spelling at a provider", "anthropic/claude-sonnet-4.5", SONNET[:1], V1),
    Case("A3.1 another spelling of an author's", "anthropic/claude-sonnet-4.5", SONNET, API),
    Case("I2.1 a provider who does not serve it is its author", "openai/gpt-oss-1", OSS),
    Case("I2.1 an author who has a list of his own", "meta/llama-9", ["groq/llama-9"], named=True),
    Case("A3.1 a provider who is no author", "hub/gpt-5", ["hub/openai/gpt-5"]),
    Case("A3.1 an author's id that a provider lists", "meta/llama-4", ["acme/meta/llama-4"], named=True),
    Case("A3.1 the provider of a model of nobody else", "meta/llama-1", ["meta/llama-1"]),
    Case("I2.1 the first of several at a provider", "bedrock/claude-sonnet-4.5", SONNET[1:2]),
    Case("I2.1 a provider in capitals", "OpenAI/gpt-5-mini", ["openai/gpt-5-mini"], V1),
    Case("A5.1 a provider by its alias", "azure-openai/gpt-5", ["azure/gpt-5"]),
    Case("A5.1 a provider by its display name", "Microsoft Azure/gpt-5", ["azure/gpt-5"]),
    # Bare names.
    Case("I2.1 bare", "gpt-5", GPT_5),
    Case("I2.1 bare, otherwise spelt", "Claude_Sonnet_4.5", SONNET),
    Case("I2.1 bare, in registry order", "shared", ["acme/shared", "other/shared"]),
    Case("I2.1 bare, of one provider", "only-this", ["closed/only-this"], named=True),
    Case("I2.1 bare, as it is listed", "odd:online", ["acme/odd:online"], named=True),
    # Suffixes.
    Case("A8 stripped from a bare name", "gpt-5:nitro", GPT_5, suffixes="nitro"),
    Case("A8 several", "gpt-5:free:online", GPT_5, suffixes="free online"),
    Case("A8 in capitals", "gpt-5:NITRO", GPT_5, suffixes="nitro"),
    Case("A8 from provider/model", "groq/llama-9:thinking", ["groq/llama-9"], suffixes="thinking"),
    Case("A8 from author/model", "meta/llama-9:exacto", ["groq/llama-9"], named=True, suffixes="exacto"),
    Case("A8 which is first is the flavour's", "openai/gpt-5:floor", GPT_5[:1], V1, suffixes="floor"),
    Case("A8 which is first is the flavour's", "openai/gpt-5:floor", GPT_5, API, suffixes="floor"),
    Case("A8 a listed variant is no suffix", "deepseek/deepseek-r1:free", R1[1:], named=True),
    Case(
        "A8 a suffix after a listed variant",
        "deepseek/deepseek-r1:free:nitro",
        R1[1:],
        named=True,
        suffixes="nitro",
    ),
    Case("A8 a variant of a bare name", "deepseek-r1:free", R1[1:], named=True),
    Case("A8 a suffix of the model", "deepseek-r1:nitro", R1, suffixes="nitro"),
    # The newest of a family.
    Case("A8 newest", "~anthropic/claude-opus-latest", ["anthropic/claude-opus-4-7"], named=True),
    Case(
        "A8 newest, with a suffix",
        "~anthropic/claude-opus-latest:nitro",
        ["anthropic/claude-opus-4-7"],
        named=True,
        suffixes="nitro",
    ),
    Case("A8 newest, of who is on", "~meta/llama-latest", ["groq/llama-9"], named=True),
    Case("A8 newest, all who serve it", "~anthropic/claude-sonnet-latest", SONNET),
    Case("A8 newest, the author otherwise", "~Alibaba/Qwen-Max-latest", ["hub/qwen/qwen3.7-max"], named=True),
    Case("A8 newest, a date is a version", "~openai/gpt-4o-latest", ["hub/openai/gpt-4o"], named=True),
    Case("A8 newest, k2.6 is a version", "~moonshot/kimi-latest", ["hub/moonshot/kimi-k2.6"], named=True),
    Case("A8 newest, 31b is a size", "~google/gemma-latest", ["hub/google/gemma-3"], named=True),
    Case(
        "A8 newest, a version in the family",
        "~anthropic/claude-opus-4-latest",
        ["anthropic/claude-opus-4"],
        named=True,
    ),
    Case("A8 newest, as a provider lists it", "~openai/o-latest", ["hub/~openai/o-latest"], named=True),
    # What is not listed is sent on where its provider is named.
    Case("I2.1 not listed", "openai/gpt-77-not-yet-known", ["openai/gpt-77-not-yet-known"]),
    Case("I2.1 not listed, with a slash", "acme/meta/unlisted", ["acme/meta/unlisted"]),
    Case("I2.1 not listed, with two", "acme//odd", ["acme//odd"]),
    Case("I2.1 not listed, of an author too", "meta/llama-77", ["meta/llama-77"]),
    Case("I2.1 not listed, at one without a list", "empty/anything", ["empty/anything"]),
    Case("A8 not listed, as it stands", "openai/gpt-77:free:online", ["openai/gpt-77:free:online"]),
    Case("A8 no suffix that is known", "groq/llama-9:fast", ["groq/llama-9:fast"]),
    Case("A8 no suffix twice", "groq/llama-9:free:free", ["groq/llama-9:free:free"]),
    Case("I2.1 auto is what its provider has", "acme/auto", ["acme/auto"]),
]  # fmt: skip


EACH = [(case, flavour) for case in CASES for flavour in case.flavours]


@pytest.mark.parametrize(
    ("case", "flavour"), EACH, ids=[f"{case.shows}, {flavour.name}" for case, flavour in EACH]
)
def test_names_that_lead_somewhere(case: Case, flavour: Flavour) -> None:
    meant = resolve(case.name, DIRECTORY, flavour)

    assert [each.id for each in meant.endpoints] == case.ids
    assert meant.pinned is (len(case.ids) == 1 and not case.named)
    assert meant.suffixes == set(case.suffixes.split())
    assert not meant.auto


@pytest.mark.parametrize("flavour", BOTH, ids=lambda each: each.name)
@pytest.mark.parametrize(
    ("name", "suffixes"),
    [
        ("auto", set()),
        ("openrouter/auto", set()),
        ("auto:nitro", {"nitro"}),
        ("openrouter/auto:floor:online", {"floor", "online"}),
    ],
)
def test_automatic_selection(name: str, suffixes: set[str], flavour: Flavour) -> None:
    assert resolve(name, DIRECTORY, flavour) == Meant(auto=True, suffixes=frozenset(suffixes))
    assert resolve(name, Directory({}, CATALOG), flavour).auto


@pytest.mark.parametrize("flavour", BOTH, ids=lambda each: each.name)
def test_an_endpoint_with_the_name_of_automatic_selection(flavour: Flavour) -> None:
    own = Directory({"openrouter": provider("openrouter", "auto", "openrouter/auto")}, CATALOG)

    for name in ("openrouter/auto", "openrouter/openrouter/auto"):
        assert [each.id for each in resolve(name, own, flavour).endpoints] == [name]
    assert resolve("auto", own, flavour).auto


PROVIDERS = "acme, anthropic, azure, bedrock, closed, demo, empty, groq, hub, meta, openai, other"
NOWHERE: list[tuple[str, type[PointsmanError], str]] = [
    ("opnai/gpt-5", ProviderNotFound, "'opnai' is no configured provider, got 'opnai/gpt-5'; one of: acme, "),
    ("opnai/gpt-5", ProviderNotFound, "; nearest: openai/gpt-5"),
    ("opnai/gpt-5:free", ProviderNotFound, "got 'opnai/gpt-5:free'"),
    ("zzz/zzz", ProviderNotFound, f"'zzz' is no configured provider, got 'zzz/zzz'; one of: {PROVIDERS}"),
    ("/gpt-5", ProviderNotFound, "'' is no configured provider"),
    ("openai/", ModelNotFound, "names no model after the slash, got 'openai/'"),
    ("closed/only-thiss", ModelNotFound, "'closed' serves no model 'only-thiss'; nearest: closed/only-this"),
    ("closed/no:free", ModelNotFound, "'closed' serves no model 'no:free'"),
    ("demo/slow", ModelNotFound, "'demo' serves no model 'slow'"),
    ("gpt55", ModelNotFound, "no configured provider lists 'gpt55'; nearest: "),
    ("xyzzy", ModelNotFound, "no configured provider lists 'xyzzy'"),
    ("xyzzy:nitro", ModelNotFound, "no configured provider lists 'xyzzy:nitro'"),
    (":nitro", ModelNotFound, "no configured provider lists ':nitro'"),
    ("fast", ModelNotFound, "no configured provider lists 'fast'; nearest: demo/fast"),
    ("openai", ModelNotFound, "no configured provider lists 'openai'"),
    ("", ModelNotFound, "no configured provider lists ''"),
    ("x" * 257, ModelNotFound, "must have at most 256 characters, got 257"),
    ("llama-10", ModelNotFound, "'llama-10' is served by gone, of which none is on"),
    ("llama-10:free", ModelNotFound, "'llama-10' is served by gone, of which none is on"),
    ("~anthropic/claude-haiku-latest", ModelNotFound, "means the newest model of a family"),
    ("~nobody/claude-opus-latest", ModelNotFound, "of which no configured provider lists one"),
    ("~anthropic/--latest", ModelNotFound, "(~author/family-latest)"),
    ("~anthropic", ModelNotFound, "(~author/family-latest)"),
    ("inworld/my-router", InvalidRequest, "'inworld/my-router' names a saved router"),
    ("inworld/models/m", ProviderNotFound, "'inworld' is no configured provider, got 'inworld/models/m'"),
    ("inworld/", InvalidRequest, "names a saved router"),
    ("@preset/mine", NotServed, "'@preset/mine' names a preset"),
    ("openai/gpt-5@preset/mine", NotServed, "'openai/gpt-5@preset/mine' names a preset"),
]  # fmt: skip


@pytest.mark.parametrize("flavour", BOTH, ids=lambda each: each.name)
@pytest.mark.parametrize(("name", "kind", "words"), NOWHERE, ids=[row[0][:40] or "empty" for row in NOWHERE])
def test_names_that_lead_nowhere(name: str, kind: type[PointsmanError], words: str, flavour: Flavour) -> None:
    for read in (resolve, resolve_pool_entry) if name != "openai" else (resolve,):
        with pytest.raises(PointsmanError) as caught:
            read(name, DIRECTORY, flavour)

        assert type(caught.value) is kind
        assert caught.value.param == "model"
        assert words in caught.value.message


@pytest.mark.parametrize(
    ("kind", "code"), [(ModelNotFound, "model_not_found"), (ProviderNotFound, "provider_not_found")]
)
def test_names_that_lead_nowhere_are_the_callers_fault(kind: type[PointsmanError], code: str) -> None:
    assert (kind.kind, kind("x").row.http_status) == (code, 400)


def test_at_most_three_names_are_near_and_all_can_be_sent() -> None:
    with pytest.raises(ModelNotFound) as caught:
        resolve("gpt-5x", DIRECTORY, OPENAI)

    near = caught.value.message.partition("nearest: ")[2].split(", ")
    assert 1 <= len(near) <= 3
    assert len(set(near)) == len(near)
    assert [resolve(name, DIRECTORY, OPENAI).endpoints[0].id for name in near] == near


@pytest.mark.parametrize("flavour", BOTH, ids=lambda each: each.name)
@pytest.mark.parametrize(
    ("name", "ids", "suffixes"),
    [
        ("azure", ["azure/gpt-5", "azure/GPT-OSS-1"], set()),
        ("Microsoft Azure", ["azure/gpt-5", "azure/GPT-OSS-1"], set()),
        ("AZURE-OPENAI", ["azure/gpt-5", "azure/GPT-OSS-1"], set()),
        ("azure:nitro", ["azure/gpt-5", "azure/GPT-OSS-1"], {"nitro"}),
        ("demo", ["demo/fast"], set()),
        ("gpt-5", GPT_5, set()),
        ("azure/gpt-5", ["azure/gpt-5"], set()),
        ("acme/unlisted", ["acme/unlisted"], set()),
    ],
)
def test_entries_of_a_pool(name: str, ids: list[str], suffixes: set[str], flavour: Flavour) -> None:
    """Inworld 2.4."""
    meant = resolve_pool_entry(name, DIRECTORY, flavour)

    assert [each.id for each in meant.endpoints] == ids
    assert meant.suffixes == suffixes
    assert meant.pinned is ("/" in name)


def test_a_provider_without_a_list_is_no_entry_of_a_pool() -> None:
    with pytest.raises(ModelNotFound, match="no configured provider lists 'empty'"):
        resolve_pool_entry("empty", DIRECTORY, OPENAI)


def test_a_model_s_name_comes_before_a_provider_s() -> None:
    own = Directory(
        {each.name: each for each in (provider("solar", "other"), provider("a", "solar"))}, CATALOG
    )

    assert [each.id for each in resolve_pool_entry("solar", own, OPENAI).endpoints] == ["a/solar"]


NAMES = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(
            [
                *("/", ":", "~", "@", "-", "-latest", ".", "auto", "openrouter/auto", "inworld/", "@preset/"),
                *(f":{suffix}" for suffix in sorted(SUFFIXES)),
                *ON,
                *CATALOG.models,
                *(endpoint.id for endpoint in DIRECTORY.listed()),
            ]
        ),
        max_size=8,
    ).map("".join),
)


@given(name=NAMES, flavour=st.sampled_from(BOTH), read=st.sampled_from([resolve, resolve_pool_entry]))
def test_any_text_means_something_or_is_refused(name: str, flavour: Flavour, read: object) -> None:
    assert callable(read)
    try:
        meant = read(name, DIRECTORY, flavour)
    except PointsmanError:
        return

    assert meant.auto is not bool(meant.endpoints)
    assert meant.suffixes <= SUFFIXES
    assert not meant.pinned or len(meant.endpoints) == 1
    assert len({each.id for each in meant.endpoints}) == len(meant.endpoints)


EVERYTHING = Directory(
    {
        row.name: Provider(
            name=row.name,
            title=row.title,
            aliases=row.aliases,
            catalog=row.name,
            dialect=row.dialect,
            base_url="https://x.test",
        )
        for row in ROWS.values()
    },
    catalog(),
)


@pytest.mark.parametrize("flavour", BOTH, ids=lambda each: each.name)
@pytest.mark.parametrize("directory", [DIRECTORY, EVERYTHING], ids=["small", "shipped"])
def test_what_a_listing_prints_can_be_sent(directory: Directory, flavour: Flavour) -> None:
    """Ids of endpoints mean them, ids of models mean who serves them; `openrouter/auto` is our own."""
    lost = []
    for endpoint in directory.listed():
        meant = resolve(endpoint.id, directory, flavour)
        if meant.endpoints != (endpoint,) and (meant.pinned or endpoint not in meant.endpoints):
            lost.append(endpoint.id)
        served = endpoint.facts.model
        if served:
            found = resolve(served.id, directory, flavour)
            models = [each.facts.model for each in found.endpoints]
            if served not in models[:1] and served.id != "openrouter/auto":
                lost.append(served.id)

    assert not lost


@pytest.mark.parametrize(
    ("name", "microseconds"),
    [
        ("openai/gpt-5", 1),
        ("gpt-oss-120b", 1.3),
        ("anthropic/claude-sonnet-4.5:nitro", 11),
        ("openai/gpt-99", 8),
    ],
)
def test_names_are_found_quickly(name: str, microseconds: float) -> None:
    def read() -> None:
        resolve(name, EVERYTHING, OPENAI)

    read()
    # Ten times that on a busy machine, which is not always busy.
    assert min(timeit.repeat(read, number=20, repeat=10)) / 20 < microseconds * 10e-6
