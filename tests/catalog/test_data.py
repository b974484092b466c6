"""The data file that ships: whole, honest, named after its sources, quick and small."""

import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from service.catalog.build import __main__ as build
from service.catalog.build import genai
from service.catalog.build.providers import LOCAL
from service.catalog.catalog import Catalog
from service.catalog.data import File
from service.catalog.names import id_key
from service.types.price import Price
from service.types.thinking import LEVELS

SOURCE = Path(__file__).parents[3] / "shared" / "catalog"
FILE = msgspec.json.decode(build.DATA.read_bytes(), type=File)
ROWS = [(provider, model, row) for provider, rows in FILE.endpoints.items() for model, row in rows.items()]


def test_it_is_small_and_says_where_it_comes_from() -> None:
    assert build.DATA.stat().st_size < 1_200_000
    assert {source.name for source in FILE.sources} == {"models.dev", "genai-prices", "LiveBench"}
    for source in FILE.sources:
        assert source.licence
        assert source.state
        assert source.address.startswith("https://")


def test_every_row_has_its_model_and_every_model_a_row() -> None:
    models = {model.id for model in FILE.models}

    assert {row.model for _, _, row in ROWS} == models
    assert set(FILE.aliases.values()) <= models


def test_no_two_models_have_one_name() -> None:
    counts = Counter(id_key(model.id) for model in FILE.models)
    taken = [name for name in FILE.aliases if id_key(name) in counts]

    assert counts.most_common(1)[0][1] == 1
    assert not taken


def test_unknown_is_absent_and_never_zero() -> None:
    for provider, model, row in ROWS:
        facts = row.facts
        free = provider in LOCAL or model.endswith(":free")
        for limit in (facts.context_length, facts.max_prompt_tokens, facts.max_completion_tokens):
            assert limit is None or limit > 0, (provider, model)
        for amount in _amounts(facts.price):
            assert amount > 0 or (free and amount == 0), (provider, model)


def _amounts(price: Price | None) -> list[Decimal]:
    if price is None:
        return []
    told = [price, *price.tiers]
    values = [getattr(each, name) for each in told for name in each.__struct_fields__]
    return [value for value in values if isinstance(value, Decimal)]


def test_tiers_and_efforts_ascend() -> None:
    for _, _, row in ROWS:
        starts = [tier.min_prompt_tokens for tier in row.facts.price.tiers] if row.facts.price else []
        efforts = [LEVELS.index(effort) for effort in row.facts.efforts or ()]
        assert starts == sorted(set(starts))
        assert efforts == sorted(set(efforts))


def test_scores_are_percents_and_complete() -> None:
    ranked = [model for model in FILE.models if model.intelligence is not None]

    assert len(ranked) > 120
    for model in FILE.models:
        scores = [model.intelligence, model.coding, model.math]
        assert scores.count(None) in (0, 3)
        assert all(score is None or 0 < score < 100 for score in scores)


def test_what_everybody_knows() -> None:
    facts = Catalog.load().facts("anthropic", "claude-sonnet-4-5")
    price = facts.price

    assert price
    assert (price.prompt, price.completion) == (Decimal(3), Decimal(15))
    assert (price.input_cache_read, price.input_cache_write) == (Decimal("0.3"), Decimal("3.75"))
    assert (facts.context_length, facts.max_completion_tokens) == (200_000, 64_000)
    assert facts.input_modalities == ("text", "image", "file")
    assert facts.tools
    assert facts.prompt_caching
    assert facts.model
    assert facts.model.id == "anthropic/claude-sonnet-4.5"
    assert facts.model.author == "anthropic"


LOAD = """
import os, resource, sys, time
from service.catalog.catalog import Catalog
def rss():
    if not os.path.exists("/proc/self/statm"):
        return 0
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
before, start = rss(), time.perf_counter()
catalog = Catalog.load()
seconds = time.perf_counter() - start
print(seconds, rss() - before, "genai_prices" in sys.modules)
"""


def loaded() -> list[str]:
    """What loading costs a fresh process: seconds, bytes; and whether it needs the price package."""
    done = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_loading_is_quick_and_needs_no_price_package() -> None:
    seconds, _, foreign = loaded()

    # A busy machine has ten times what loading may take.
    assert float(seconds) < 1.0
    assert foreign == "False"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory from /proc")
def test_loading_is_small() -> None:
    _, grown, _ = loaded()

    assert 0 < int(grown) < 30_000_000


@pytest.mark.skipif(not SOURCE.exists(), reason="the sources are not here")
def test_it_is_what_the_sources_give() -> None:
    stated = next(source.state for source in FILE.sources if source.name == "genai-prices")
    if genai.version() not in stated:
        pytest.skip("another version of genai-prices is installed")

    assert build.written(build.Build(SOURCE).file()) == build.DATA.read_bytes()
