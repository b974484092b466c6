"""The syntax tree of a condition, read from what the CEL library writes of it. Pure.

Source: `cel/expr/syntax.proto` of github.com/google/cel-spec; field numbers stand beside what reads them.
"""

from collections.abc import Iterator
from typing import NamedTuple

MAX_DEPTH = 128
"""How deep a tree may be; the library's own limit of 32 counts before macros are expanded."""


class Const(NamedTuple):
    """A literal: `text` of a string, None of another type; `size` in characters."""

    text: str | None
    size: int


class Name(NamedTuple):
    """A variable, or a type."""

    name: str


class Select(NamedTuple):
    """A member of a map; `test` is whether it is only asked for (`has`)."""

    of: "Node"
    member: str
    test: bool


class Call(NamedTuple):
    """A function or an operator; whom it is called on is the first argument."""

    function: str
    args: "tuple[Node, ...]"


class Items(NamedTuple):
    """A list."""

    of: "tuple[Node, ...]"


class Pairs(NamedTuple):
    """A map: keys and values by turns."""

    of: "tuple[Node, ...]"


class Loop(NamedTuple):
    """A macro over a list: `step` gives what `result` is made of, once for each element."""

    names: frozenset[str]
    over: "Node"
    gathered: str
    start: "Node"
    condition: "Node"
    step: "Node"
    result: "Node"


class Made(NamedTuple):
    """A message of a type."""

    type: str


Node = Const | Name | Select | Call | Items | Pairs | Loop | Made


class TooDeepError(Exception):
    """A tree is deeper than `MAX_DEPTH`."""


def tree(serialized: bytes) -> Node:
    """Reads a `google.protobuf.Any` (value 2) of a `ParsedExpr` (expr 2). Raises `TooDeepError`."""
    return _node(_bytes(_fields(_bytes(_fields(serialized), 2)), 2), MAX_DEPTH)


def free_names(node: Node, bound: frozenset[str] = frozenset()) -> set[str]:
    """The names that the tree does not bind itself, those of types among them."""
    match node:
        case Name(name):
            return set() if name in bound else {name}
        case Loop():
            inside = bound | node.names | {node.gathered}
            parts = (node.condition, node.step, node.result)
            outside = free_names(node.over, bound) | free_names(node.start, bound)
            return outside.union(*(free_names(part, inside) for part in parts))
        case _:
            return set().union(*(free_names(part, bound) for part in children(node)))


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below one."""
    match node:
        case Select():
            return (node.of,)
        case Call():
            return node.args
        case Items() | Pairs():
            return node.of
        case Loop():
            return (node.over, node.start, node.condition, node.step, node.result)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def loops(node: Node) -> int:
    """How many macros stand inside each other at most."""
    if isinstance(node, Loop):
        inside = max(loops(part) for part in (node.condition, node.step, node.result))
        return max(inside + 1, loops(node.over), loops(node.start))
    return max((loops(child) for child in children(node)), default=0)


_Fields = dict[int, list[int | bytes]]


def _node(data: bytes, depth: int) -> Node:
    if depth == 0:
        raise TooDeepError
    expr, inside = _fields(data), depth - 1
    for number in range(3, 10):
        if number in expr:
            return _kind(number, _fields(_bytes(expr, number)), inside)
    return Const(None, 0)


def _kind(number: int, of: _Fields, depth: int) -> Node:
    match number:
        case 3:
            return _const(of)
        case 4:
            return Name(_text(of, 1))
        case 5:
            return Select(_node(_bytes(of, 1), depth), _text(of, 2), test=bool(of.get(3)))
        case 6:
            args = tuple(_node(each, depth) for each in [*_all(of, 1), *_all(of, 3)])
            return Call(_text(of, 2), args)
        case 7:
            return Items(tuple(_node(each, depth) for each in _all(of, 1)))
        case 8 if _text(of, 1):
            return Made(_text(of, 1))
        case 8:
            entries = [_fields(each) for each in _all(of, 2)]
            parts = [_bytes(entry, place) for entry in entries for place in (3, 4)]
            return Pairs(tuple(_node(each, depth) for each in parts))
        case _:
            return Loop(
                names=frozenset({_text(of, 1), _text(of, 8)}),
                over=_node(_bytes(of, 2), depth),
                gathered=_text(of, 3),
                start=_node(_bytes(of, 4), depth),
                condition=_node(_bytes(of, 5), depth),
                step=_node(_bytes(of, 6), depth),
                result=_node(_bytes(of, 7), depth),
            )


def _const(of: _Fields) -> Const:
    if 6 in of:
        text = _text(of, 6)
        return Const(text, len(text))
    return Const(None, len(_bytes(of, 7)))


def _all(fields: _Fields, number: int) -> list[bytes]:
    return [each for each in fields.get(number, ()) if isinstance(each, bytes)]


def _bytes(fields: _Fields, number: int) -> bytes:
    found = _all(fields, number)
    return found[-1] if found else b""


def _text(fields: _Fields, number: int) -> str:
    return _bytes(fields, number).decode("utf-8", "replace")


def _fields(data: bytes) -> _Fields:
    """The fields of a message in protobuf's wire format."""
    found: _Fields = {}
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        value: int | bytes
        match tag & 7:
            case 0:
                value, place = _varint(data, place)
            case 1:
                value, place = data[place : place + 8], place + 8
            case 5:
                value, place = data[place : place + 4], place + 4
            case _:
                size, place = _varint(data, place)
                value, place = data[place : place + size], place + size
        found.setdefault(tag >> 3, []).append(value)
    return found


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place
