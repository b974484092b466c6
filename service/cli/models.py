"""`pointsman models`: what is served, from configuration and catalog; no server needs to run."""

import argparse
import sys

import msgspec

from service.cli import table
from service.cli.abilities import ABILITIES
from service.edge.models import openai
from service.edge.models.listing import Offer, listing, slug
from service.edge.models.money import plain
from service.providers.configured import directory_of
from service.settings import Settings
from service.types.price import Price

_HEADS = ("MODEL", "CONTEXT", "IN $/M", "OUT $/M", "CAN")
_RIGHT = _HEADS[1:4]
_UNKNOWN = "-"
_UNITS = ((1_000_000, "M"), (1_000, "k"))


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Prints the models; gives 1 when there is none."""
    offers = listing(directory_of(settings), everything=options.everything).offers
    found = [offer for offer in offers if _wanted(offer, options)]
    if options.json:
        data = msgspec.json.encode([openai.model(offer) for offer in found])
        sys.stdout.write(msgspec.json.format(data, indent=2).decode() + "\n")
    elif found:
        table.write(_HEADS, [_row(offer) for offer in found], right=_RIGHT)
    else:
        hint = "" if options.everything else "; --all looks at providers that are not on, too"
        sys.stderr.write(f"pointsman: no model fits{hint}\n")
    return 0 if found else 1


def _wanted(offer: Offer, options: argparse.Namespace) -> bool:
    if options.provider and slug(options.provider) not in offer.provider_slugs:
        return False
    if not all(ABILITIES[name](offer.facts) for name in options.capability):
        return False
    known = offer.facts.model
    searched = f"{offer.endpoint.id} {known.id} {known.name}" if known else offer.endpoint.id
    return all(word.casefold() in searched.casefold() for word in options.search)


def _row(offer: Offer) -> tuple[str, ...]:
    facts = offer.facts
    price = facts.price or Price()
    can = [name for name, able in ABILITIES.items() if able(facts)]
    return (
        offer.endpoint.id,
        _tokens(facts.context_length),
        *(_UNKNOWN if amount is None else plain(amount) for amount in (price.prompt, price.completion)),
        " ".join(can if offer.served else ["(off)", *can]),
    )


def _tokens(count: int | None) -> str:
    """A number of tokens in few characters: 128k, 1M, 1.05M."""
    if count is None:
        return _UNKNOWN
    for size, unit in _UNITS:
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return str(count)
