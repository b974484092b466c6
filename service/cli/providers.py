"""`pointsman providers`: who is on, from configuration and registry; no server needs to run."""

import argparse
import sys
from typing import Any

import msgspec

from service.cli import table
from service.edge.models.listing import listing
from service.providers.configured import directory_of
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.providers.rows import ROWS
from service.settings import Settings

_HEADS = ("PROVIDER", "NAME", "DIALECT", "MODELS", "ON", "ADDRESS")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Prints the providers."""
    directory = directory_of(settings)
    counts = _counts(directory, everything=options.everything)
    those = [_printed(provider, counts, on=True) for provider in directory.providers.values()]
    if options.everything:
        those += [_printed(provider, counts, on=False) for provider in directory.off.values()]
    if options.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(those), indent=2).decode() + "\n")
    else:
        table.write(_HEADS, [_row(printed) for printed in those], right=("MODELS",))
    return 0


def _counts(directory: Directory, *, everything: bool) -> dict[str, int]:
    counts: dict[str, int] = {}
    for offer in listing(directory, everything=everything).offers:
        counts[offer.endpoint.provider] = counts.get(offer.endpoint.provider, 0) + 1
    return counts


def _printed(provider: Provider, counts: dict[str, int], *, on: bool) -> dict[str, Any]:
    row = ROWS.get(provider.catalog)
    return {
        "slug": provider.name,
        "name": provider.title or provider.name,
        "dialect": provider.dialect,
        "base_url": provider.base_url,
        "models": counts.get(provider.name, 0),
        "on": on,
        "key_variables": row.key_variables if row else (),
    }


def _row(printed: dict[str, Any]) -> tuple[str, ...]:
    to_turn_on = " or ".join(printed["key_variables"]) or f"[providers.{printed['slug']}]"
    return (
        printed["slug"],
        printed["name"],
        printed["dialect"],
        str(printed["models"]),
        "yes" if printed["on"] else f"set {to_turn_on}",
        printed["base_url"] or "",
    )
