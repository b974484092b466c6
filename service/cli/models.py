"""`pointsman models`: what is served, from configuration and catalog.

No server needs to run; one that does is asked what it has measured.
"""

import argparse
import sys
from typing import Any

import msgspec

from service.cli import table
from service.cli.abilities import ABILITIES
from service.cli.numbers import UNKNOWN, milliseconds, speed, tokens
from service.cli.server import AskError, Server, key_of
from service.edge.models import openai
from service.edge.models.listing import Offer, listing, slug
from service.edge.models.money import plain
from service.providers.configured import directory_of
from service.settings import Settings
from service.types.price import Price

_HEADS = ("MODEL", "CONTEXT", "IN $/M", "OUT $/M")
_MEASURED_HEADS = ("TTFT", "TOK/S")
_LAST_HEAD = "CAN"
_RIGHT = (*_HEADS[1:], *_MEASURED_HEADS)
# Whoever does not answer at once does not run, or is too busy to be asked for a list.
_CONNECT_SECONDS = 0.5
_SILENCE_SECONDS = 2.0
_Measured = dict[str, dict[str, Any]]


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Prints the models; gives 1 when there is none."""
    offers = listing(directory_of(settings), everything=options.everything).offers
    found = [offer for offer in offers if _wanted(offer, options)]
    if options.json:
        data = msgspec.json.encode(_listed(found, _measured(settings) or {}))
        sys.stdout.write(msgspec.json.format(data, indent=2).decode() + "\n")
    elif found:
        measured = _measured(settings)
        heads = (*_HEADS, *(_MEASURED_HEADS if measured is not None else ()), _LAST_HEAD)
        table.write(heads, [_row(offer, measured) for offer in found], right=_RIGHT)
    else:
        hint = "" if options.everything else "; --all looks at providers that are not on, too"
        sys.stderr.write(f"pointsman: no model fits{hint}\n")
    return 0 if found else 1


def _measured(settings: Settings) -> _Measured | None:
    """What the running server has measured, by the ids of models; None when it cannot be asked."""
    try:
        server = Server(
            settings.server,
            key_of(settings),
            connect_seconds=_CONNECT_SECONDS,
            silence_seconds=_SILENCE_SECONDS,
        )
        listed = server.models()
    except AskError:
        return None
    return {
        str(each.get("id")): each["measured"] for each in listed if isinstance(each.get("measured"), dict)
    }


def _listed(offers: list[Offer], measured: _Measured) -> list[dict[str, Any]]:
    printed = [openai.model(offer) for offer in offers]
    return [each | {"measured": known} if (known := measured.get(each["id"])) else each for each in printed]


def _wanted(offer: Offer, options: argparse.Namespace) -> bool:
    if options.provider and slug(options.provider) not in offer.provider_slugs:
        return False
    if not all(ABILITIES[name](offer.facts) for name in options.capability):
        return False
    known = offer.facts.model
    searched = f"{offer.endpoint.id} {known.id} {known.name}" if known else offer.endpoint.id
    return all(word.casefold() in searched.casefold() for word in options.search)


def _row(offer: Offer, measured: _Measured | None) -> tuple[str, ...]:
    facts = offer.facts
    price = facts.price or Price()
    can = [name for name, able in ABILITIES.items() if able(facts)]
    return (
        offer.endpoint.id,
        tokens(facts.context_length),
        *(UNKNOWN if amount is None else plain(amount) for amount in (price.prompt, price.completion)),
        *(() if measured is None else _speeds(measured.get(offer.endpoint.id, {}))),
        " ".join(can if offer.served else ["(off)", *can]),
    )


def _speeds(known: dict[str, Any]) -> tuple[str, str]:
    """The medians of the last minutes."""
    medians = [(known.get(name) or {}).get("p50") for name in ("latency_ms", "throughput")]
    return milliseconds(medians[0]), speed(medians[1])
