"""Templates: where variables go, what is put in, what is refused (Inworld 4.4)."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InvalidRequest, Violation
from service.routing.saved.templates import Prompt, prompt_of
from service.types.saved_router import MessageTemplate

PLAIN = {"role": "system", "content": "For {{brand}}."}


def prompt(*templates: dict[str, Any]) -> tuple[Prompt, list[Violation]]:
    faults: list[Violation] = []
    made = prompt_of([msgspec.convert(each, MessageTemplate) for each in templates], "t", faults)
    return made, faults


def filled(template: dict[str, Any], **variables: str) -> Any:
    made, faults = prompt(template)
    assert not faults
    (raw,) = made.filled(variables).raw
    return json.loads(bytes(raw))


TEXTS: list[tuple[str, str]] = [
    ("{{a}}", "A"),
    ("{{ a }}{{\ta\n}}", "AA"),
    ("x{{a}}y{{b.c-d_1}}z", "xAyBz"),
    ("{a} {{a}} }} }", "{a} A }} }"),
    ("{", "{"),
    ("}}", "}}"),
    ('{"x": {"y": 1}}', '{"x": {"y": 1}}'),
    ("{ {a}}", "{ {a}}"),
    ("", ""),
    ("{{a}}}}", "A}}"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_texts(text: str, expected: str) -> None:
    made = filled({"role": "user", "content": text}, **{"a": "A", "b.c-d_1": "B"})

    assert made == {"role": "user", "content": expected}


MALFORMED = ["{{", "{{a", "{{a}", "{{}}", "{{  }}", "{{1a}}", "{{a b}}", "{{{a}}}", "{{é}}", "a {{b}} {{c"]


@pytest.mark.parametrize("text", MALFORMED)
@pytest.mark.parametrize("where", ["content", "content_items[0].text", "tool_calls[0].args"])
def test_malformed(text: str, where: str) -> None:
    templates: dict[str, dict[str, Any]] = {
        "content": {"role": "user", "content": text},
        "content_items[0].text": {"role": "user", "content_items": [{"text": text}]},
        "tool_calls[0].args": {"role": "assistant", "tool_calls": [{"id": "c", "name": "f", "args": text}]},
    }

    _, faults = prompt(templates[where])

    assert [fault.field for fault in faults] == [f"t[0].{where}"]


VALUE = st.text(max_size=40) | st.sampled_from(["{{a}}", "{{", '"\\', "\n\u2028\0", "$1 \\1"])


@given(VALUE, VALUE)
def test_values_are_put_in_as_they_are(one: str, two: str) -> None:
    made = filled({"role": "user", "content": "<{{a}}|{{b}}|{{a}}>"}, a=one, b=two)

    assert made["content"] == f"<{one}|{two}|{one}>"


@given(VALUE)
def test_arguments_stay_json(value: str) -> None:
    call = {"id": "{{a}}", "name": "{{a}}", "args": '{"say": "\\"{{a}}\\" {{a}}", "n": {{n}}}'}
    made = filled({"role": "assistant", "tool_calls": [call]}, a=value, n="[1, 2]")

    (told,) = made["tool_calls"]
    assert (told["id"], told["type"], told["function"]["name"]) == ("{{a}}", "function", "{{a}}")
    assert json.loads(told["function"]["arguments"]) == {"say": f'"{value}" {value}', "n": [1, 2]}
    assert made["content"] is None


def test_a_value_that_breaks_the_arguments_is_refused() -> None:
    made, _ = prompt({"role": "assistant", "tool_calls": [{"id": "c", "name": "f", "args": '{"n": {{n}}}'}]})

    with pytest.raises(InvalidRequest) as refused:
        made.filled({"n": "1, 2"})

    assert refused.value.param == "prompt_variables.n"


def test_all_missing_variables_are_named_once() -> None:
    made, _ = prompt(PLAIN, {"role": "user", "content": "{{x}} {{brand}} {{x}}"})

    with pytest.raises(InvalidRequest) as refused:
        made.filled({"other": ""})

    assert [each.field for each in refused.value.violations] == [
        "prompt_variables.brand",
        "prompt_variables.x",
    ]


def test_the_messages_are_checked_like_a_callers() -> None:
    made, faults = prompt(
        {"role": "developer", "content_items": [{"text": "a{{x}}"}, {"text": ""}]},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "c", "name": "f"}]},
        {"role": "tool", "tool_call_id": "c", "content": "4"},
    )

    messages = made.filled({"x": "b"}).messages
    assert not faults
    assert [each.role for each in messages] == ["developer", "assistant", "tool"]
    assert (messages[0].text, messages[2].tool_call_id) == ("ab", "c")
    assert messages[1].tool_calls is not None
    assert messages[1].tool_calls[0].function is not None
    assert messages[1].tool_calls[0].function.arguments == "{}"


def test_without_variables_they_are_made_once() -> None:
    made, _ = prompt({"role": "system", "content": "Be brief."})

    assert made.filled({}) is made.filled({"x": "y"})


FAULTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"role": "system"}, ["content"]),
    ({"role": "assistant"}, ["content"]),
    ({"role": "tool", "content": "4"}, ["tool_call_id"]),
    ({"role": "tool"}, ["content", "tool_call_id"]),
    ({"role": "user", "content": "a", "tool_call_id": "c"}, ["tool_call_id"]),
    ({"role": "user", "content": "a", "tool_calls": [{"id": "c", "name": "f"}]}, ["tool_calls"]),
    ({"role": "user", "content": "a", "content_items": [{"text": "b"}]}, ["content_items"]),
    ({"role": "assistant", "tool_calls": [{"id": "c", "name": "f", "args": "{"}]}, ["tool_calls[0].args"]),
    (
        {"role": "assistant", "tool_calls": [{"id": "c", "name": "f", "args": "{{a}}{{b}}{"}]},
        ["tool_calls[0].args"],
    ),
]


@pytest.mark.parametrize(("template", "members"), FAULTS)
def test_faults(template: dict[str, Any], members: list[str]) -> None:
    _, faults = prompt(PLAIN, template)

    assert [fault.field for fault in faults] == [f"t[1].{member}" for member in members]


@given(st.text(alphabet='{}ab "\\:1,[]', max_size=30), st.booleans())
def test_any_text_is_a_template_or_a_fault(text: str, arguments: bool) -> None:
    template: dict[str, Any] = {"role": "user", "content": text}
    if arguments:
        template = {"role": "assistant", "tool_calls": [{"id": "c", "name": "f", "args": text}]}
    made, faults = prompt(template)

    if not faults:
        try:
            (raw,) = made.filled(dict.fromkeys(made.names, 'x"')).raw
        except InvalidRequest:
            return
        json.loads(bytes(raw))
