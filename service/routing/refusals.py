"""Why nobody is left to ask, for the caller. Pure."""

from collections.abc import Iterator, Sequence

from service.errors import InvalidRequest, NoEndpoint, NotServed, PointsmanError, Violation
from service.routing.choice import Choice
from service.routing.exclusions import Exclusion

# Of those that one rule leaves out for one field so many are named.
_NAMED = 5


def nobody_left(choice: Choice) -> PointsmanError:
    """Says who was left out for what.

    What the one endpoint that the caller named cannot be asked is his request's fault.
    """
    excluded = choice.excluded
    rules = list(dict.fromkeys(each.rule for each in excluded))
    if rules == ["web_search"]:
        return NotServed(["model"], "web search is left to the models' vendors, and none of these has it")
    violations = [*_unknown(choice), *_grouped(excluded)]
    if not violations:
        violations = [Violation("model", "no endpoint is left that can serve this request")]
    if choice.selection.reading == "pinned" and rules == ["wire_format"]:
        return InvalidRequest(violations)
    return NoEndpoint(violations, rules)


def _unknown(choice: Choice) -> Iterator[Violation]:
    for field, name in choice.wishes.unknown:
        yield Violation(field, f"'{name}' is no provider that is on, and no model it serves")


def _grouped(excluded: Sequence[Exclusion]) -> Iterator[Violation]:
    groups: dict[tuple[str, str], list[Violation]] = {}
    for each in excluded:
        told = groups.setdefault((each.rule, each.field), [])
        if each.violation not in told[:_NAMED]:
            told.append(each.violation)
    for (_, field), told in groups.items():
        yield from told[:_NAMED]
        if len(told) > _NAMED:
            yield Violation(field, f"and {len(told) - _NAMED} more for the same reason")
