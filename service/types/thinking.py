"""How much a model shall think: efforts, budgets, and the way from one to the other.

Source: Inworld 2.9 and OpenRouter A9, which agree on the shares.
"""

from collections.abc import Sequence

import msgspec

LEVELS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Reasoning efforts, ascending."""

SHARES = {"none": 0.0, "minimal": 0.1, "low": 0.2, "medium": 0.5, "high": 0.8, "xhigh": 0.95, "max": 0.95}
"""The part of an answer's tokens that each effort allows for thinking."""


class Thinking(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller asked for. `max_tokens` beats `effort`; both None means that the vendor decides.

    `summary` asks for the thoughts' summary where a vendor gives no more (auto, concise, detailed).
    """

    effort: str | None = None
    max_tokens: int | None = None
    summary: str | None = None

    @property
    def off(self) -> bool:
        """Whether the caller wants no thinking at all."""
        return self.max_tokens is None and self.effort == "none"

    def budget(self, cap: int) -> int | None:
        """How many of `cap` tokens may go into thinking; None when the vendor decides."""
        if self.max_tokens is not None:
            return self.max_tokens
        return None if self.effort not in SHARES else int(cap * SHARES[self.effort])

    def level(self, cap: int | None, supported: Sequence[str] | None = None) -> str | None:
        """The effort, for vendors that take no number; the nearest one that is supported.

        A budget becomes the effort whose share of `cap` is nearest; without a cap, of 32,768 tokens.
        """
        effort = self.effort
        if self.max_tokens is not None:
            share = self.max_tokens / (cap or 32_768)
            effort = min(LEVELS[1:6], key=lambda level: abs(SHARES[level] - share))
        return nearest(effort, supported) if effort in LEVELS and supported else effort


def nearest(effort: str, supported: Sequence[str]) -> str:
    """The supported effort nearest to the one asked for; of two, the smaller.

    Only "none" turns thinking off: another effort becomes it only when nothing else is supported.
    """
    known = [level for level in supported if level in LEVELS]
    if effort in known or not known:
        return effort
    thinking = [level for level in known if level != "none"]
    candidates = thinking if thinking and effort != "none" else known
    place = LEVELS.index(effort)
    return min(candidates, key=lambda level: (abs(LEVELS.index(level) - place), LEVELS.index(level)))
