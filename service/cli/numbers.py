"""Numbers in few characters, for tables; what is unknown is a dash."""

from decimal import Decimal

from service.edge.models.money import plain

UNKNOWN = "-"
_COUNTS = ((1_000_000, "M"), (1_000, "k"))
_SECOND = 1000


def tokens(count: int | None) -> str:
    """A number of tokens: 128k, 1M, 1.05M."""
    if count is None:
        return UNKNOWN
    for size, unit in _COUNTS:
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return str(count)


def milliseconds(time: float | None) -> str:
    """A time given in milliseconds: 320ms, 1.25s."""
    if time is None:
        return UNKNOWN
    return f"{time:.0f}ms" if round(time) < _SECOND else f"{time / _SECOND:.2f}s"


def speed(per_second: float | None) -> str:
    """A number of tokens per second: 7.5, 120."""
    return UNKNOWN if per_second is None else plain(Decimal(f"{per_second:.3g}"))


def dollars(amount: float | None) -> str:
    """An amount of money: 0.000123."""
    return UNKNOWN if amount is None else plain(Decimal(f"{amount:.3g}"))


def percentage(part: float | None) -> str:
    """A part of a whole, which is 1: 2.5%."""
    return UNKNOWN if part is None else f"{plain(Decimal(f'{100 * part:.3g}'))}%"
