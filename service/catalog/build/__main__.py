"""Builds `data.json`, the catalog's data, from its sources: `python -m service.catalog.build SOURCE_DIR`.

The folder holds `models-dev.json` and `livebench-scores.csv`; prices come from the installed package
genai-prices, which the service itself never imports. The same sources give the same bytes. What a person
should judge is printed: prices on which the sources differ, names that were not matched.
"""

import argparse
import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec
from genai_prices.types import ModelInfo

from service.catalog.build import genai, livebench
from service.catalog.build.canonical import Name, Naming, named
from service.catalog.build.corrections import corrected
from service.catalog.build.models import Told, described
from service.catalog.build.models_dev import Json, answers_chat, facts_of
from service.catalog.build.providers import HUBS, LOCAL, ORIGINS, SPELL
from service.catalog.build.synonyms import MISTAKEN_BASES
from service.catalog.data import File, Row, Source
from service.types.facts import Facts
from service.types.price import Price

DATA = Path(__file__).parent.parent / "data.json"
_SUSPICIOUS = Decimal("1.5")


class Endpoint(NamedTuple):
    """A row of models.dev under our provider's slug."""

    provider: str
    id: str
    row: Json


class Build:
    """One run. `report` collects what a person should look at."""

    def __init__(self, folder: Path) -> None:
        self.source = json.loads((folder / "models-dev.json").read_text("utf-8"))
        self.entries = livebench.read(folder / "livebench-scores.csv")
        self.prices = genai.Prices()
        self.report: list[str] = []
        self.rows = list(self._rows())
        self.priced = self._priced()
        own = [named("models.dev", model) for model in self.source["models"]]
        seen = [named(each.provider, each.id) for each in self.rows]
        more = [named(provider, model_id) for provider, model_id in self.priced]
        spelt = [name for name, each in zip(seen, self.rows, strict=True) if each.provider in SPELL]
        self.naming = Naming([*own, *seen, *more], spelt)

    def _rows(self) -> Iterator[Endpoint]:
        for slug, origin in ORIGINS.items():
            taken = set()
            for provider in origin.models_dev:
                for model_id, row in self.source["providers"][provider]["models"].items():
                    if re.match(origin.elsewhere, model_id):
                        continue
                    if answers_chat(model_id, row) and model_id not in taken:
                        taken.add(model_id)
                        yield Endpoint(slug, model_id, row)

    def _priced(self) -> dict[tuple[str, str], tuple[ModelInfo, Price]]:
        """Endpoints of which only a price is known, of authors that the provider is known to serve."""
        priced = {}
        for slug, origin in ORIGINS.items():
            if origin.genai and origin.own_models:
                listed = {each.id for each in self.rows if each.provider == slug}
                authors = {named(slug, model_id).author for model_id in listed}
                for model_id, info, price in self.prices.own(origin.genai):
                    if model_id not in listed and named(slug, model_id).author in authors:
                        priced[slug, model_id] = (info, price)
        return priced

    def file(self) -> File:
        """Everything, in a fixed order."""
        endpoints: dict[str, dict[str, Row]] = {slug: {} for slug in ORIGINS}
        told = [
            Told(model, None, row)
            for model_id, row in self.source["models"].items()
            if (model := self.naming.canonical(named("models.dev", model_id)))
        ]
        for each in self.rows:
            model = self.model_of(each)
            listed = each.row.get("status") not in ("deprecated", "alpha")
            endpoints[each.provider][each.id] = Row(model=model, listed=listed, facts=self.facts(each))
            if (each.provider, each.id) not in MISTAKEN_BASES:
                hugging_face_id = each.id if each.provider in HUBS else None
                told.append(Told(model, each.provider, each.row, hugging_face_id))
        names: dict[str, str] = {}
        for (provider, model_id), (info, price) in self.priced.items():
            model = self.naming.canonical(named(provider, model_id))
            names.setdefault(model, info.name or model)
            facts = Facts(context_length=info.context_window, price=price, prompt_caching=_caches(price))
            endpoints[provider][model_id] = Row(model=model, listed=False, facts=facts)
        used = {row.model for rows in endpoints.values() for row in rows.values()}
        scores = livebench.ranked(self.entries, self._ranked_name)
        models = [model for model in described(told, names, scores) if model.id in used]
        self._tell_unmatched(used)
        return File(
            sources=self.sources(),
            models=tuple(models),
            aliases={name: model for name, model in sorted(self.naming.aliases.items()) if model in used},
            endpoints={
                slug: dict(sorted(rows.items(), key=_preferred))
                for slug, rows in sorted(endpoints.items())
                if rows
            },
        )

    def model_of(self, endpoint: Endpoint) -> str:
        """The model behind an endpoint: by its id, which models.dev's `base_model` must not contradict."""
        model = self.naming.canonical(named(endpoint.provider, endpoint.id))
        base = endpoint.row.get("base_model")
        if base and (endpoint.provider, endpoint.id) not in MISTAKEN_BASES:
            told = self.naming.canonical(named("models.dev", base))
            if told != model:
                raise ValueError(
                    f"{endpoint.provider} {endpoint.id}: {model} by its id, {told} by models.dev"
                )
        return model

    def facts(self, endpoint: Endpoint) -> Facts:
        """What is known of an endpoint, with its one price."""
        local = endpoint.provider in LOCAL
        facts = facts_of(endpoint.id, endpoint.row, local=local)
        origin = ORIGINS[endpoint.provider].genai
        free = local or endpoint.id.endswith(":free")
        better = self.prices.of(origin, endpoint.id, free=free) if origin else None
        price = _one(better, facts.price)
        if better and facts.price:
            self._compare(endpoint, facts.price, better)
        facts = msgspec.structs.replace(
            facts,
            price=price,
            prompt_caching=_caches(price),
            web_search=True if price and price.web_search is not None else None,
        )
        return corrected(endpoint.provider, endpoint.id, facts)

    def sources(self) -> tuple[Source, ...]:
        """Named in the file, as their licences ask."""
        releases = sorted({entry.release for entry in self.entries})
        state = self.source["source"].partition("state of ")[2].partition(";")[0]
        return (
            Source(
                name="models.dev",
                address="https://models.dev",
                licence="MIT, (c) 2025 models.dev",
                state=state,
                taken="models, capabilities, limits, prices",
            ),
            Source(
                name="genai-prices",
                address="https://github.com/pydantic/genai-prices",
                licence="MIT, (c) Pydantic Services Inc.",
                state=f"version {genai.version()}, prices of {genai.AS_OF}",
                taken="prices",
            ),
            Source(
                name="LiveBench",
                address="https://livebench.ai",
                licence="Apache-2.0",
                state=f"releases {releases[0]} to {releases[-1]}",
                taken="scores, brought to the scale of the last release",
            ),
        )

    def _ranked_name(self, name: str) -> str | None:
        author, slash, slug = name.partition("/")
        return self.naming.known(Name(author, slug) if slash else named("livebench", name))

    def _tell_unmatched(self, used: set[str | None]) -> None:
        for name in sorted({entry.name for entry in self.entries}):
            models = [m for m in livebench.matched(name, self._ranked_name) if m in used]
            self.report.append(f"score: {name} -> {', '.join(models) or 'no model of the catalog'}")

    def _compare(self, endpoint: Endpoint, theirs: Price, better: Price) -> None:
        for part in ("prompt", "completion"):
            one, other = getattr(theirs, part), getattr(better, part)
            if one and other and max(one, other) > _SUSPICIOUS * min(one, other):
                place = f"{endpoint.provider} {endpoint.id}"
                self.report.append(f"price: {place} {part}: models.dev {one}, genai-prices {other}")


def _one(better: Price | None, other: Price | None) -> Price | None:
    """The better source's price; where both agree on it, with what only the other one knows."""
    if better is None or other is None:
        return better or other
    if (better.prompt, better.completion) != (other.prompt, other.completion):
        return better
    missing = {
        name: getattr(other, name)
        for name in Price.__struct_fields__
        if getattr(better, name) in (None, ()) and getattr(other, name) not in (None, ())
    }
    return msgspec.structs.replace(better, **missing)


def _preferred(row: tuple[str, Row]) -> tuple[bool, str]:
    """The order of rows. Newer models of Bedrock are reached by profiles only; this one is open to all."""
    return not row[0].startswith("global."), row[0]


def _caches(price: Price | None) -> bool | None:
    """A price for cached tokens says that they are cached; none says nothing."""
    known = price and (price.input_cache_read is not None or price.input_cache_write is not None)
    return True if known else None


def written(file: File) -> bytes:
    """The file as JSON, a line each row, so that a change of the data can be read."""

    def lines(items: Iterable[object], brackets: bytes) -> bytes:
        inner = b",\n".join(
            b"%b:%b" % (encode(item[0]), item[1]) if isinstance(item, tuple) else encode(item)
            for item in items
        )
        return brackets[:1] + b"\n" + inner + b"\n" + brackets[1:]

    encode = msgspec.json.encode
    endpoints = [
        (provider, lines(((model_id, encode(row)) for model_id, row in rows.items()), b"{}"))
        for provider, rows in file.endpoints.items()
    ]
    parts = (
        ("sources", lines(file.sources, b"[]")),
        ("models", lines(file.models, b"[]")),
        ("aliases", lines(((name, encode(model)) for name, model in file.aliases.items()), b"{}")),
        ("endpoints", lines(endpoints, b"{}")),
    )
    return lines(parts, b"{}") + b"\n"


def main() -> None:
    """Writes the file and prints the report."""
    parser = argparse.ArgumentParser(description="Builds the catalog's data file.")
    parser.add_argument("folder", type=Path, help="holds models-dev.json and livebench-scores.csv")
    parser.add_argument("--to", type=Path, default=DATA, help="the file to write")
    arguments = parser.parse_args()
    build = Build(arguments.folder)
    file = build.file()
    data = written(file)
    arguments.to.write_bytes(data)
    rows = sum(len(each) for each in file.endpoints.values())
    print("\n".join(build.report))  # noqa: T201
    print(f"{len(file.models)} models, {rows} endpoints, {len(data)} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
