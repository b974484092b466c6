"""Prices as text and numbers. They are kept per million tokens and told per token."""

from decimal import Decimal
from typing import Any

from msgspec import Raw

from service.types.price import Price, PriceTier

_MILLIONTHS = -6
_DIGITS = 12
_PER_ONE = ("request", "image", "web_search")


def plain(amount: Decimal) -> str:
    """A decimal number without exponent and without zeros at its end."""
    return f"{amount.normalize():f}"


def number(amount: float) -> Raw:
    """A number of JSON without exponent, which people would not read as money, and without binary noise."""
    return Raw(plain(Decimal(f"{amount:.{_DIGITS}g}")).encode())


def per_token(amount: Decimal) -> Decimal:
    """The price of one token, from that of a million. Exact."""
    return amount.scaleb(_MILLIONTHS)


def strings(price: Price | PriceTier) -> dict[str, Any]:
    """OpenRouter's keys with decimal strings, per token; what is unknown is left out."""
    printed: dict[str, Any] = {}
    for name in price.__struct_fields__:
        amount = getattr(price, name)
        if isinstance(amount, Decimal):
            printed[name] = plain(amount if name in _PER_ONE else per_token(amount))
    return printed
