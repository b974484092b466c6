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
from service.routing.saved.budget import Budget
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
_ORDINARY_OWN = whole(64, 1)
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

    `names` are the variables it reads; `known` is how long it may take, in nanoseconds, by their sizes.
    """

    expression: Any
    tree: Node
    names: frozenset[str]
    known: dict[tuple[tuple[str, Size], ...], float]


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
        self.faults += _too_long(trees)
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
        self._budget = Budget()
        self._taken: set[int] = set()
        self._activation: Any = None

    def bound(self, place: int) -> float:
        """How long a condition may take by itself at worst, in nanoseconds."""
        condition = self._compiled[place]
        used = self._used(condition)
        return costs.taken_over(used) + costs.bound(condition.tree, used)

    def is_within_budget(self, place: int) -> bool:
        """Whether the time for all conditions is enough for this one too; then its part is taken."""
        if place in self._taken:
            return True
        condition = self._compiled[place]
        used = self._used(condition)
        before = self._budget.held
        if not self._budget.take(used, _estimate(condition, used), lambda: costs.bound(condition.tree, used)):
            return False
        if self._activation is None or self._budget.held is not before:
            known = {name: self._facts.known[name] for name in self._budget.held}
            self._activation = self._env.Activation(data=known)
        self._taken.add(place)
        return True

    def why_not(self, place: int) -> str | None:
        """Why a condition is not true, in words for people; None where it is true."""
        condition, facts = self._compiled[place], self._facts
        if not self.is_within_budget(place):
            if self.bound(place) > costs.BUDGET:
                return "the request is too large for this condition: it could take too long"
            return "the conditions before it and this one could take too long for so large a request"
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

    def _used(self, condition: _Compiled) -> dict[str, Size]:
        """What a condition reads of the request, with its sizes."""
        self._facts.learn(condition.names)
        sizes = self._facts.sizes
        return {name: sizes[name] for name in condition.names if name in sizes}


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
    return tree


def _too_long(trees: Mapping[str, Node]) -> list[Violation]:
    """Those that could take too long by themselves; or the first one that does with those before it."""
    alone: list[Violation] = []
    together: list[Violation] = []
    budget = Budget()
    for path, tree in trees.items():
        sizes = {name: _ordinary(name) for name in syntax.free_names(tree) - _TYPES}
        time = costs.bound(tree, sizes)
        if costs.taken_over(sizes) + time > costs.BUDGET:
            alone.append(Violation(path, "could take too long, even for a small request"))
        elif not budget.take(sizes, time, lambda time=time: time):  # type: ignore[misc]
            fault = "could take too long together with the conditions before it, even for a small request"
            together.append(Violation(path, fault))
    return [*alone, *together[:1]]


def _ordinary(name: str) -> Size:
    if name == "messages":
        return _ORDINARY_MESSAGES
    return _ORDINARY_OWN if name in OWN else _ORDINARY


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


def _estimate(condition: _Compiled, used: Mapping[str, Size]) -> float:
    """How long a condition may take at most; remembered for all requests of about that size."""
    rounded = tuple((name, size.rounded) for name, size in used.items())
    known = condition.known.get(rounded)
    if known is None:
        if len(condition.known) >= _REMEMBERED:
            condition.known.clear()
        known = condition.known[rounded] = costs.bound(condition.tree, dict(rounded))
    return known


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
