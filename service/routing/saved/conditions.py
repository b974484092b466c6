"""Conditions of routes: CEL, compiled once and evaluated for each request, within bounds. Pure (Inworld 4.3).

A condition that cannot be evaluated is not true, and the next one is looked at: a router must not fail
because a caller left a key of his metadata out.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cel_expr_python import cel

from service.errors import Violation
from service.routing.saved import costs, patterns, syntax
from service.routing.saved.costs import Size, whole
from service.routing.saved.facts import OWN, Facts
from service.routing.saved.syntax import Call, Const, Made, Node
from service.types.saved_router import MAX_EXPRESSION

_MAX_LOOPS = 3
_MAX_FAULTS = 3
_LONGEST_FAULT = 200
_FAULT = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")
_PREFIX = re.compile(r"^[A-Z_]+: (invalid regular expression: )?")
# What cannot be looked at for these is of no use.
_ORDINARY_MESSAGES = Size(2_000, 21, 4, 500, 5)
_ORDINARY = whole(64, 8)
_REMEMBERED = 1_000
_TYPES = frozenset(
    ("bool", "bytes", "double", "google", "int", "list", "map", "null_type", "string", "type", "uint")
)
_OWN_TYPES = {
    "messages": cel.Type.List(cel.Type.Map(cel.Type.STRING, cel.Type.DYN)),
    "user": cel.Type.STRING,
    "model": cel.Type.STRING,
    "now": cel.Type.TIMESTAMP,
}


def _last(items: list[Any]) -> Any:
    return items[-1]


# Not of CEL, but of the documented conditions: `messages.last()`.
_LAST = cel.FunctionDecl(
    "last", [cel.Overload("list_last", cel.Type.DYN, [cel.Type.List(cel.Type.DYN)], True, _last)]
)
_PARSER = cel.NewEnv()


class _Compiled(NamedTuple):
    """One condition.

    `names` are the variables it reads; `known` is whether it stays within its budget, by their sizes.
    """

    expression: Any
    tree: Node
    names: frozenset[str]
    known: dict[tuple[tuple[str, Size], ...], bool]


class Conditions:
    """The conditions of one router, in order."""

    def __init__(self, expressions: Mapping[str, str]) -> None:
        """Compiles expressions, by the path of each. `faults` tells what is wrong with them."""
        self.faults: list[Violation] = []
        trees: dict[str, Node] = {}
        for path, expression in expressions.items():
            try:
                trees[path] = _parsed(expression)
            except _FaultError as error:
                self.faults.append(Violation(path, str(error)))
        names = {path: frozenset(syntax.free_names(tree)) - _TYPES for path, tree in trees.items()}
        self._env = _env(frozenset().union(*names.values()))
        self._compiled: list[_Compiled] = []
        for path, tree in trees.items():
            try:
                checked = _checked(self._env, expressions[path])
                self._compiled.append(_Compiled(checked, tree, names[path], {}))
            except _FaultError as error:
                self.faults.append(Violation(path, str(error)))

    def reads(self, place: int) -> frozenset[str]:
        """The variables that a condition reads."""
        return self._compiled[place].names

    def of(self, facts: Facts) -> "Evaluation":
        """The conditions for one request."""
        return Evaluation(self._env, self._compiled, facts)


class Evaluation:
    """The conditions of a router for one request."""

    def __init__(self, env: Any, compiled: Sequence[_Compiled], facts: Facts) -> None:
        self._env = env
        self._compiled = compiled
        self._facts = facts
        self._activation: Any = None

    def bound(self, place: int) -> float:
        """How long a condition may take at worst, in nanoseconds."""
        condition = self._compiled[place]
        self._facts.learn(condition.names)
        return costs.bound(condition.tree, _used(condition, self._facts.sizes))

    def why_not(self, place: int) -> str | None:
        """Why a condition is not true, in words for people; None where it is true."""
        condition, facts = self._compiled[place], self._facts
        if facts.learn(condition.names) or self._activation is None:
            self._activation = self._env.Activation(data=facts.known)
        if not _is_bounded(condition, facts.sizes):
            return "the request is too large for this condition: it could take too long"
        try:
            found = condition.expression.eval(self._activation)
            if found.type() == cel.Type.BOOL:
                return None if found.value() else "the condition is false"
            if found.type() != cel.Type.ERROR:
                return "the condition is neither true nor false"
            fault = str(found.value())
        except Exception as error:  # noqa: BLE001 - whatever the library says of a caller's data
            fault = str(error)
        unknown = [facts.unknown[name] for name in sorted(condition.names) if name in facts.unknown]
        return f"the condition cannot be evaluated: {'; '.join(unknown) or _cut(_without_code(fault))}"


class _FaultError(Exception):
    """What is wrong with an expression."""


def _parsed(expression: str) -> Node:
    """Reads an expression and looks at what the compiler does not. Raises `_FaultError`."""
    try:
        tree = syntax.tree(_PARSER.compile(expression, True).serialize())
    except syntax.TooDeepError:
        raise _FaultError("is nested too deeply") from None
    except (RuntimeError, ValueError) as error:
        raise _FaultError(_told(error)) from None
    if syntax.loops(tree) > _MAX_LOOPS:
        raise _FaultError(f"has more than {_MAX_LOOPS} macros inside each other")
    for node in syntax.walk(tree):
        match node:
            case Made(name):
                raise _FaultError(f"makes a {name}; conditions only compare")
            case Call("matches", args):
                _check_pattern(args[-1])
    ordinary = dict.fromkeys(syntax.free_names(tree) - OWN, _ORDINARY)
    if costs.bound(tree, {**ordinary, "messages": _ORDINARY_MESSAGES}) > costs.BUDGET:
        raise _FaultError("could take too long, even for a small request")
    return tree


def _check_pattern(pattern: Node) -> None:
    if not isinstance(pattern, Const) or pattern.text is None:
        raise _FaultError("the pattern of matches() must be a text in quotes")
    shown = _cut(pattern.text)
    if patterns.weight(pattern.text).build > patterns.MAX_BUILD:
        raise _FaultError(f"the pattern {shown!r} is too large")
    # As a condition would have it, with whatever is in it.
    found = _env(frozenset({"pattern"})).compile("''.matches(pattern)").eval(data={"pattern": pattern.text})
    if found.type() == cel.Type.ERROR:
        raise _FaultError(f"the pattern {shown!r} is none: {_cut(_PREFIX.sub('', str(found.value())))}")


def _checked(env: Any, expression: str) -> Any:
    """Compiles an expression. Raises `_FaultError`."""
    try:
        compiled = env.compile(expression)
    except (RuntimeError, ValueError) as error:
        raise _FaultError(_told(error)) from None
    kind = compiled.return_type()
    if kind not in (cel.Type.BOOL, cel.Type.DYN):
        raise _FaultError(f"must be true or false, but is of type {kind.name().lower()}")
    return compiled


@lru_cache(maxsize=256)
def _env(names: frozenset[str]) -> Any:
    """Where expressions are compiled that read these variables."""
    types = {name: _OWN_TYPES.get(name, cel.Type.DYN) for name in names}
    return cel.NewEnv(variables=types, functions=[_LAST])


def _is_bounded(condition: _Compiled, sizes: Mapping[str, Size]) -> bool:
    """Whether a condition stays within its budget; remembered for all requests of about that size."""
    used = _used(condition, sizes)
    rounded = tuple((name, size.rounded) for name, size in used.items())
    known = condition.known.get(rounded)
    if known is None:
        if len(condition.known) >= _REMEMBERED:
            condition.known.clear()
        known = costs.bound(condition.tree, dict(rounded)) <= costs.BUDGET
        condition.known[rounded] = known
    return known or costs.bound(condition.tree, used) <= costs.BUDGET


def _used(condition: _Compiled, sizes: Mapping[str, Size]) -> dict[str, Size]:
    return {name: sizes[name] for name in condition.names if name in sizes}


def _told(error: Exception) -> str:
    """What the compiler says, each fault with its place."""
    found = _FAULT.findall(str(error))
    if not found:
        return _cut(_without_code(str(error)))
    told: dict[str, None] = {}
    for line, column, fault in found:
        words = _without_code(fault).partition(" expecting ")[0].partition(" (in container")[0]
        # What has no place has one far beyond.
        at = f" (line {line}, column {column})" if 0 < int(line) <= MAX_EXPRESSION else ""
        told[_cut(words) + at] = None
    return "; ".join(list(told)[:_MAX_FAULTS])


def _without_code(fault: str) -> str:
    """What the library says, without its own word for what kind of fault it is."""
    return re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", fault)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_FAULT else text[:_LONGEST_FAULT] + "…"
