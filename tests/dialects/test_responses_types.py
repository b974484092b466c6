"""The SDK's request types, made strict: no unknown members, and lists that are really looked at."""

import types
from collections.abc import Iterable
from typing import Annotated, Any, NotRequired, Required, Union, get_args, get_origin

import pytest
from openai._types import SequenceNotStr
from openai.types.responses import response_create_params
from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict, get_type_hints, is_typeddict

_made: dict[Any, Any] = {}


def strict(kind: Any) -> Any:
    """The type with unknown members forbidden at every depth."""
    origin, args = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        if kind not in _made:
            hints = get_type_hints(kind, include_extras=True)
            _made[kind] = TypedDict(kind.__name__, {name: _member(hints[name]) for name in hints})  # type: ignore[operator]
            _made[kind].__pydantic_config__ = ConfigDict(extra="forbid")
        return _made[kind]
    if origin in (Required, NotRequired, Annotated):
        return strict(args[0])
    if origin in (Union, types.UnionType):
        return Union[tuple(strict(each) for each in args)]  # noqa: UP007 - made at run time
    if origin in (list, Iterable, SequenceNotStr):
        return list[strict(args[0])]  # type: ignore[misc]
    if origin is dict:
        return dict[args[0], strict(args[1])]  # type: ignore[misc, valid-type]
    return kind


def _member(hint: Any) -> Any:
    # All of the SDK's are `total=False`, so the word is on the member.
    return Required[strict(hint)] if get_origin(hint) is Required else NotRequired[strict(hint)]


_request: TypeAdapter[Any] = TypeAdapter(strict(response_create_params.ResponseCreateParams))


def validated(body: dict[str, Any]) -> dict[str, Any]:
    """The body, if the SDK's types allow it."""
    _request.validate_python(body)
    return body


MESSAGE = {"type": "message", "role": "user", "content": "Hi"}


@pytest.mark.parametrize(
    "body",
    [
        {"model": "m", "input": [MESSAGE], "seed": 1},
        {"model": "m", "input": [MESSAGE | {"name": "Ann"}]},
        {"model": "m", "input": [{"type": "function_call", "name": "f", "arguments": "{}"}]},
        {"model": "m", "input": [MESSAGE], "tools": [{"type": "function", "function": {"name": "f"}}]},
        {"model": "m", "input": [MESSAGE], "text": {"format": {"type": "json_schema", "json_schema": {}}}},
        {"model": "m", "input": [MESSAGE], "include": ["everything"]},
    ],
)
def test_the_check_sees_what_is_wrong(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated(body)


def test_the_check_lets_a_request_pass() -> None:
    assert validated({"model": "m", "input": [MESSAGE], "stream": True, "store": False})
