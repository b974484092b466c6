"""Lists of providers: order, only and ignore."""

import timeit

import pytest

from service.catalog.catalog import Catalog
from service.providers.configured import catalog
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.routing.provider_names import ProviderNames
from service.types.facts import Facts, Model
from service.types.upstream import Site

LLAMA, GPT = Model(id="meta/llama-9"), Model(id="openai/gpt-5")
CATALOG = Catalog(
    {LLAMA.id: LLAMA, GPT.id: GPT},
    {
        "deepinfra": {
            "meta/Llama-9": Facts(model=LLAMA, quantization="FP8"),
            "meta/Llama-9-Turbo": Facts(model=LLAMA, quantization="fp4"),
            "gpt-5": Facts(model=GPT),
        },
        "vertex": {"llama-9@1": Facts(model=LLAMA, regions=("us-east5", "EU-west1"))},
        "bedrock": {"meta.llama-9": Facts(model=LLAMA)},
        "openai": {"gpt-5": Facts(model=GPT), "gpt-5:free": Facts()},
    },
)


def provider(name: str, **members: object) -> Provider:
    return Provider(name=name, catalog=name, dialect="openai", base_url=f"https://{name}.test", **members)  # type: ignore[arg-type]


DIRECTORY = Directory(
    {
        each.name: each
        for each in (
            provider("deepinfra", title="DeepInfra", aliases=("deep-infra",)),
            provider("vertex", title="Google Vertex"),
            provider("bedrock", site=Site(region="us-east-1")),
            provider("openai"),
            # Also the author of what others serve.
            provider("meta"),
        )
    },
    CATALOG,
)
DEEP = ["deepinfra/meta/Llama-9", "deepinfra/meta/Llama-9-Turbo", "deepinfra/gpt-5"]
VERTEX, BEDROCK = "vertex/llama-9@1", "bedrock/meta.llama-9"
GPTS = ["openai/gpt-5", "openai/gpt-5:free"]

ROWS: list[tuple[str, str, list[str]]] = [
    ("A5.1 a provider's name means all its endpoints", "deepinfra", DEEP),
    ("A5.1 in capitals", "DEEPINFRA", DEEP),
    ("A5.1 an alias", "Deep-Infra", DEEP),
    ("A5.1 a display name", "Google Vertex", [VERTEX]),
    ("A5.1 a quantization", "deepinfra/fp8", DEEP[:1]),
    ("A5.1 a quantization at an alias, in capitals", "Deep-Infra/FP4", DEEP[1:2]),
    ("A5.1 a tag", "deepinfra/turbo", DEEP[1:2]),
    ("A5.1 a tag after a colon", "openai/free", GPTS[1:]),
    ("A5.1 a region of the endpoint", "vertex/us-east5", [VERTEX]),
    ("A5.1 a region in capitals", "vertex/eu-WEST1", [VERTEX]),
    ("A5.1 a part of the world", "vertex/eu", [VERTEX]),
    ("A5.1 another region", "vertex/asia", []),
    ("A5.1 half a word is no region", "vertex/us-e", []),
    ("A5.1 the region of the site", "bedrock/us-east-1", [BEDROCK]),
    ("A5.1 nothing after the slash", "bedrock/", []),
    ("A5.1 what nobody knows is passed over", "bogus", []),
    ("A5.1 nor of a provider", "bogus/fp8", []),
    ("A5.1 empty", "", []),
    ("I2.5 provider/model", "openai/gpt-5", GPTS[:1]),
    ("I2.5 provider/model, otherwise spelt", "DeepInfra/llama-9", DEEP[:2]),
    ("I2.5 provider/model, with a suffix", "openai/gpt-5:free", GPTS[1:]),
    ("I2.5 author/model, though he is a provider", "meta/llama-9", [*DEEP[:2], VERTEX, BEDROCK]),
    ("I2.5 a bare model", "gpt-5", [DEEP[2], GPTS[0]]),
]


@pytest.mark.parametrize(("name", "ids"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_whom_an_entry_means(name: str, ids: list[str]) -> None:
    names = ProviderNames([name], DIRECTORY)

    assert [each.id for each in DIRECTORY.listed() if names.match(each)] == ids
    assert [each.id for each in DIRECTORY.listed() if names.rank(each) == 0] == ids


def test_an_endpoint_that_is_not_listed() -> None:
    new = DIRECTORY.endpoint(DIRECTORY.providers["openai"], "gpt-77")

    assert ProviderNames(["openai/gpt-77"], DIRECTORY).match(new)
    assert ProviderNames(["openai"], DIRECTORY).match(new)
    assert not ProviderNames(["openai/gpt-7"], DIRECTORY).match(new)


def test_the_first_entry_that_means_it_is_its_rank() -> None:
    names = ProviderNames(["bogus", "deepinfra/turbo", "vertex", "deepinfra", "vertex", "gpt-5"], DIRECTORY)

    ranks = {each.id: names.rank(each) for each in DIRECTORY.listed()}
    assert ranks == {
        DEEP[0]: 3,
        DEEP[1]: 1,
        DEEP[2]: 3,
        VERTEX: 2,
        BEDROCK: None,
        GPTS[0]: 5,
        GPTS[1]: None,
    }


def test_an_empty_list_means_nobody() -> None:
    names = ProviderNames([], DIRECTORY)

    assert not any(map(names.match, DIRECTORY.listed()))


def test_lists_are_quick() -> None:
    shipped = catalog()
    everything = Directory({name: provider(name) for name in shipped.providers}, shipped)
    listed = list(everything.listed())

    def sift() -> int:
        names = ProviderNames(["openai", "deepinfra/fp8", "openai/gpt-5"], everything)
        return sum(map(names.match, listed))

    # 10 us to make one and 0.3 us an endpoint; ten times that on a busy machine, which is not always busy.
    assert min(timeit.repeat(sift, number=1, repeat=10)) < 100e-6 + len(listed) * 3e-6
