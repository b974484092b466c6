"""What a regular expression may cost at worst (RE2, which `matches` of CEL is). Pure.

RE2 makes a program of a pattern, anew at each evaluation, and at worst goes through all of it for each
character; the first ones cost more, until it stops to keep what it learns of them. A counted repetition
copies what it repeats, and one that may end early has a fork with each copy. Words to look for cost one step
a character.
"""

import re
from functools import lru_cache
from typing import NamedTuple

MAX_BUILD = 12_000
"""The largest program; it takes some milliseconds to make."""

_PROPERTY = r"\\[pP](?:\{[^}]*\}|.)?"
_TOKEN = re.compile(
    rf"""
    (?P<property>{_PROPERTY})
    | (?P<class>\[\^?\]?(?:\[:\^?[a-z]+:\]|{_PROPERTY}|\\.|[^\]\\])*\]?)
    | (?P<wide>\\[WDSC]|\.)
    | (?P<code>\\x\{{[0-9a-fA-F]*\}}|\\x..?)
    | (?P<quoted>\\Q.*?(?:\\E|\Z))
    | (?P<open>\()
    | (?P<close>\))
    | (?P<times>\{{(?P<least>\d+)(?P<comma>,(?P<most>\d*))?\}})
    | (?P<foreign>[^\x00-\x7f])
    | (?P<plain>\\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)


# Words with `|` between them, with or without case, bounds, and anything around them.
_WORDS = re.compile(
    r"""(\(\?i\))?\^?(\.\*)?(\(\?i\))?(\\b)?(\((\?:)?)?
    [^\\.+*?()\[\]{}|^$]*(\|[^\\.+*?()\[\]{}|^$]*)*
    \)?(\\b)?(\.\*)?\$?""",
    re.VERBOSE,
)
# In nanoseconds, measured and rounded up.
_BUILT = 400.0
_RUN = 8.0
_LEARNT = 20.0
_LEARNING = 1_000
_SCANNED = 3.0
_STATE = 10.0


class Weight(NamedTuple):
    """Of a pattern's program: how much there is to make, and how much to go through for a character."""

    build: float
    run: float

    def plus(self, other: "Weight") -> "Weight":
        """Of both, one after the other."""
        return Weight(self.build + other.build, self.run + other.run)

    def times(self, factor: float) -> "Weight":
        """Of so many."""
        return Weight(self.build * factor, self.run * factor)


_NOTHING = Weight(0, 0)
_ONE = Weight(1, 1)
_WEIGHTS = {
    "property": Weight(3_500, 100),
    "wide": Weight(30, 10),
    "code": Weight(8, 6),
    "foreign": Weight(8, 6),
}


class _Group:
    """What has been read of a group: the last part, which a repetition repeats, and what is before it."""

    def __init__(self) -> None:
        self._before = _ONE
        self._last = _NOTHING

    def add(self, weight: Weight) -> None:
        self._before, self._last = self.whole, weight

    def repeat(self, times: int, *, forks: bool) -> None:
        copy = self._last.plus(_ONE) if forks else self._last
        self._last = copy.times(times).plus(_ONE)

    @property
    def whole(self) -> Weight:
        return self._before.plus(self._last)


@lru_cache(maxsize=1_000)
def weight(pattern: str) -> Weight:
    """Weighs a pattern, rather too much than too little; whether it is one is RE2's to say."""
    groups = [_Group()]
    for token in _TOKEN.finditer(pattern):
        match token.lastgroup:
            case "open":
                groups.append(_Group())
            case "close":
                _close(groups)
            case "comma" | "times":
                most = token["most"] or token["least"]
                # Of what repeats without an end there is a copy more.
                endless = token["comma"] is not None and not token["most"]
                times = min(int(most[:6]), 10_000) + endless
                groups[-1].repeat(times, forks=token["comma"] is not None)
            case _:
                groups[-1].add(_weight_of(token))
    while len(groups) > 1:
        _close(groups)
    # Where the case of letters does not count, one is several.
    return groups[0].whole.times(2 if "(?" in pattern and "i" in pattern else 1)


def nanoseconds(pattern: str, characters: float) -> float:
    """How long matching takes at most, in nanoseconds, for a text of so many characters."""
    build, run = weight(pattern)
    if _WORDS.fullmatch(pattern):
        states = build * (pattern.count("|") + 4)
        return build * _BUILT + states * _STATE + characters * _SCANNED
    return build * _BUILT + run * (characters * _RUN + min(characters, _LEARNING) * _LEARNT)


def _close(groups: list[_Group]) -> None:
    if len(groups) > 1:
        inside = groups.pop()
        groups[-1].add(inside.whole)


def _weight_of(token: re.Match[str]) -> Weight:
    text = token[0]
    match token.lastgroup:
        case "quoted":
            return _WEIGHTS["foreign"].times(len(text))
        case "class":
            inside = _WEIGHTS["property"].times(text.count("\\p") + text.count("\\P"))
            negated = text[1:2] == "^" or re.search(r"\\[WDS]|:\^", text)
            members = Weight(10 * len(text), len(text)) if not text.isascii() else Weight(len(text), 1)
            return inside.plus(members).plus(_WEIGHTS["wide"] if negated else _NOTHING)
        case kind:
            return _WEIGHTS.get(kind or "", _ONE)
