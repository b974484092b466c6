"""How long a condition may take at worst, reckoned from its syntax tree and the sizes of what it reads. Pure.

The CEL library counts the turns of loops and stops at 10,000; what a turn does it does not count. So a bound
is reckoned before anything is evaluated: where it is too high for a small request a condition is refused when
it is written, where it is too high for a request the condition is not looked at for that request.

Loops add their elements up: if a turn costs `f(e)` for an element of size `e`, and `f` bends upwards, all
turns cost at most `n * f(0) + (sum of sizes / largest size) * (f(largest) - f(0))`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from service.routing.saved import patterns
from service.routing.saved.syntax import Call, Const, Items, Loop, Made, Name, Node, Pairs, Select

BUDGET = 50e6
"""The most that all conditions of a request may take together, in nanoseconds."""

# Measured with cel-expr-python 0.1.3 on a slow core, in nanoseconds, and rounded up.
_STEP = 80.0
_CALL = 250.0
_CHARACTER = 1.5
_NODE = 120.0
_TAKEN_OVER = 300.0
_GIVEN_OUT = 150.0
_APPENDED = 15.0
_SOUGHT = 0.1
_LAST = 3_000.0
_SMALL = 64
# To reckon with one node, which is what Python does.
_RECKONED = 1_500.0


class Size(NamedTuple):
    """How large a value may be: characters of its texts, values in it (itself one of them), and elements.

    An element has at most `widest` characters and `deepest` values.
    """

    characters: float
    values: float
    elements: float
    widest: float
    deepest: float

    @property
    def rounded(self) -> "Size":
        """At most twice as large, and the same for many."""
        return Size(*(float(1 << int(number).bit_length()) for number in self))

    @property
    def element(self) -> "Size":
        """The largest element."""
        return whole(self.widest, self.deepest)


def whole(characters: float, values: float) -> Size:
    """A value of which no more is known: one element may be nearly all of it."""
    return Size(characters, values, values, characters, values)


_SCALAR = whole(_SMALL, 1)
_EMPTY = whole(0, 0)
Sizes = Mapping[str, Size]


class Cost(NamedTuple):
    """What a tree takes at most, in nanoseconds, and how large its value may be."""

    time: float
    size: Size


def bound(tree: Node, sizes: Sizes) -> float:
    """How long an evaluation may take, and this reckoning, in nanoseconds; names that have no size are small.

    There are two ways to add a loop's turns up, and either gives a bound.
    """
    jointly = _Reckoner(jointly=True)
    time = jointly.cost(tree, sizes).time
    nodes = jointly.nodes
    if jointly.looped:
        apart = _Reckoner(jointly=False)
        time = min(time, apart.cost(tree, sizes).time)
        nodes += apart.nodes
    return time + nodes * _RECKONED


def taken_over(sizes: Sizes) -> float:
    """How long the library takes to take variables over, in nanoseconds."""
    return sum(size.characters * _CHARACTER + size.values * _TAKEN_OVER for size in sizes.values())


class _Reckoner:
    """Adds turns up: by characters and values `jointly`, or by characters with the values of the deepest."""

    def __init__(self, *, jointly: bool) -> None:
        self._jointly = jointly
        self.nodes = 0
        self.looped = False

    def cost(self, node: Node, sizes: Sizes) -> Cost:
        """What a tree takes."""
        self.nodes += 1
        match node:
            case Const(_, length):
                return Cost(_STEP, whole(length, 1))
            case Name(name):
                return Cost(_STEP, sizes.get(name, _SCALAR))
            case Select(of, _, test):
                time, size = self.cost(of, sizes)
                return Cost(time + _STEP, _SCALAR if test else size.element)
            case Items(of) | Pairs(of):
                costs = [self.cost(each, sizes) for each in of]
                return Cost(sum(each.time for each in costs) + _STEP * (1 + len(of)), _list(costs))
            case Loop():
                return self._loop(node, sizes)
            case Call():
                return _call(node, [self.cost(each, sizes) for each in node.args])
            case Made():
                return Cost(_STEP, _SCALAR)

    def _loop(self, loop: Loop, sizes: Sizes) -> Cost:
        self.looped = True
        over, start = self.cost(loop.over, sizes), self.cost(loop.start, sizes)
        size, count = over.size, over.size.elements
        # What is gathered counts once, where it is added up.
        outside = {**sizes, loop.gathered: _EMPTY}
        parts = size.characters / max(size.widest, 1)
        if self._jointly:
            parts += size.values / max(size.deepest, 1)
            least, least_size = self._turn(loop, outside, _EMPTY)
        else:
            least, least_size = self._turn(loop, outside, whole(0, size.deepest))
        parts = min(count, parts)
        most, most_size = self._turn(loop, outside, size.element)
        time = over.time + start.time + count * least + parts * (most - least) + _CALL
        if not isinstance(loop.start, Items):
            return Cost(time, _SCALAR)
        gathered = Size(
            count * least_size.characters + parts * (most_size.characters - least_size.characters),
            count * least_size.values + parts * (most_size.values - least_size.values) + 1,
            count,
            most_size.characters,
            most_size.values,
        )
        # The library copies a list to add to it.
        return Cost(time + count * count * _APPENDED, gathered)

    def _turn(self, loop: Loop, outside: Sizes, element: Size) -> tuple[float, Size]:
        """What one turn takes, and how large what it adds is."""
        inside = {**outside, **dict.fromkeys(loop.names, element)}
        condition, step = self.cost(loop.condition, inside), self.cost(loop.step, inside)
        return condition.time + step.time, step.size


def _list(costs: list[Cost]) -> Size:
    sizes = [each.size for each in costs]
    return Size(
        sum(size.characters for size in sizes),
        sum(size.values for size in sizes) + 1,
        len(sizes),
        max((size.characters for size in sizes), default=0),
        max((size.values for size in sizes), default=1),
    )


def _call(call: Call, args: list[Cost]) -> Cost:
    sizes = [each.size for each in args]
    characters = sum(size.characters for size in sizes)
    values = sum(size.values for size in sizes)
    time = sum(each.time for each in args) + _CALL
    linear = time + characters * _CHARACTER + values * _NODE
    match call.function:
        case "_&&_" | "_||_" | "!_" | "@not_strictly_false":
            return Cost(time, _SCALAR)
        case "_?_:_":
            return Cost(time, _larger(sizes[1:]))
        case "_[_]" | "_[?_]":
            return Cost(time + sizes[1].characters * _CHARACTER, sizes[0].element)
        case "last":
            return Cost(linear + _LAST + values * _GIVEN_OUT, sizes[0].element)
        case "matches":
            return Cost(linear + _matching(call, sizes), _SCALAR)
        case "contains":
            sought = 1.0
            for size in sizes:
                sought *= size.characters
            return Cost(linear + sought * _SOUGHT, _SCALAR)
        case "_+_":
            return Cost(linear, _joined(sizes))
        case "string" | "bytes" | "dyn":
            # One character may be several bytes.
            return Cost(linear, whole(characters * 4 + _SMALL, values))
        case _:
            return Cost(linear, _SCALAR)


def _matching(call: Call, sizes: list[Size]) -> float:
    pattern = call.args[-1]
    text = pattern.text if isinstance(pattern, Const) and pattern.text is not None else ""
    return patterns.nanoseconds(text, sizes[0].characters)


def _larger(sizes: list[Size]) -> Size:
    return Size(*(max(numbers) for numbers in zip(*sizes, strict=True)))


def _joined(sizes: list[Size]) -> Size:
    larger = _larger(sizes)
    return Size(
        sum(size.characters for size in sizes) + _SMALL,
        sum(size.values for size in sizes),
        sum(size.elements for size in sizes),
        larger.widest,
        larger.deepest,
    )
