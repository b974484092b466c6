"""Conditions: what they see, when they are true, what is refused when they are written (Inworld 4.3)."""

import json
import time
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.edge.chat_request import parse
from service.routing.saved.conditions import Conditions
from service.routing.saved.costs import BUDGET
from service.routing.saved.facts import MAX_CHARACTERS, MAX_DEPTH, MAX_VALUES, Facts
from service.types.chat_request import ChatRequest
from tests.routing.scene import NOW

FALSE = "the condition is false"
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a": 1}'}}
TURNS = [
    {"role": "system", "content": "Be brief."},
    {
        "role": "user",
        "name": "ann",
        "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
    },
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "I want a REFUND\nnow"},
]


def chat(metadata: Mapping[str, Any] | None = None, **members: Any) -> ChatRequest:
    extra = {} if metadata is None else {"extra_body": {"metadata": metadata}}
    body = {"model": "inworld/desk", "messages": TURNS, **extra, **members}
    return parse(json.dumps(body).encode())


def why_not(expression: str, request: ChatRequest) -> str | None:
    conditions = Conditions({"p": expression})
    assert not conditions.faults
    return conditions.of(Facts(request, NOW)).why_not(0)


def faults(expression: str) -> list[str]:
    return [each.description for each in Conditions({"p": expression}).faults]


TRUE: list[tuple[str, dict[str, Any]]] = [
    ("true", {}),
    ('tier == "premium"', {"tier": "premium"}),
    ("use_case == 'support'", {"use_case": "support"}),
    ("turns < 10 && turns >= 3", {"turns": 3}),
    ("turns == 3.0 && turns < 3.5", {"turns": 3}),
    ("score > 0.5", {"score": 0.75}),
    ("vip", {"vip": True}),
    ("!vip", {"vip": False}),
    ('"eu" in regions', {"regions": ["us", "eu"]}),
    ('account.plan == "pro" && has(account.plan) && !has(account.other)', {"account": {"plan": "pro"}}),
    ("nothing == null", {"nothing": None}),
    ("regions.size() == 0 && account == {}", {"regions": [], "account": {}}),
    ("tier == 'a' || turns > 1", {"turns": 2}),
    ("turns > 1 || tier == 'a'", {"turns": 2}),
    ("big > 9223372036854775807.0", {"big": 2**70}),
    ("big == 9223372036854775807", {"big": 2**63 - 1}),
    ("name == 'é\u4e16'", {"name": "é\u4e16"}),
    ("user == '' && model == 'inworld/desk'", {"user": "x", "model": "y"}),
    ("messages.size() == 4", {"messages": "mine"}),
    ("now == timestamp('2027-01-15T08:00:00Z') && now.getFullYear() == 2027", {"now": "yesterday"}),
    ("messages[0].role == 'system' && messages[1].content == 'onetwo'", {}),
    ("messages[2].content == '' && messages[2].tool_calls[0].function.name == 'look'", {}),
    ("messages[2].tool_calls[0].id == messages[3].tool_call_id", {}),
    ("messages[1].name == 'ann' && !has(messages[0].name) && !has(messages[0].tool_calls)", {}),
    ("messages.exists(m, m.role == 'tool') && messages.exists_one(m, m.role == 'user')", {}),
    ("messages.filter(m, m.role == 'user').map(m, m.content) == ['onetwo']", {}),
    ("messages.last().content.matches('(?i)refund')", {}),
    ("messages.last().content.matches('(?is).*(refund|chargeback).*')", {}),
    ("!messages.last().content.matches('(?i)^.*(refund|chargeback).*$')", {}),  # no dot takes a line's end
    ("[1, 2, 3].last() == 3 && list_.last().x == 1", {"list_": [{"x": 1}]}),
    ("matches('abc', 'b') && 'abc'.startsWith('a') && size('abc') == 3", {}),
    ("type(turns) == int && turns != null", {"turns": 3}),
    ("timestamp(at) < now", {"at": "2020-01-01T00:00:00Z"}),
    ("google.protobuf.Duration != type(now)", {}),
]
NOT_TRUE: list[tuple[str, dict[str, Any], str]] = [
    ("false", {}, FALSE),
    ('tier == "premium"', {"tier": "free"}, FALSE),
    ('tier == "premium"', {}, "the request's metadata has no 'tier'"),
    ("a.b && tier && c[0]", {"tier": True}, "no 'a'; the request's metadata has no 'c'"),
    ("turns < 10", {"turns": "3"}, "cannot be evaluated"),
    ("vip", {"vip": "yes"}, "neither true nor false"),
    ("vip", {"vip": 1}, "neither true nor false"),
    ("vip", {"vip": None}, "neither true nor false"),
    ("account.plan == 'pro'", {"account": "pro"}, "cannot be evaluated"),
    ("account.plan == 'pro'", {"account": {}}, "cannot be evaluated"),
    ("messages[7].role == 'user'", {}, "cannot be evaluated"),
    ("1 / turns > 0", {"turns": 0}, "divide by zero"),
    ("turns + 1 > 0", {"turns": 2**63 - 1}, "overflow"),
    ("[].last() == 1", {}, "cannot be evaluated"),
    ("messages.exists(m, m.name == 'bob')", {}, "cannot be evaluated"),
    ("deep == 1", {"deep": [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}, f"more than {MAX_DEPTH} deep"),
    ("long == ''", {"long": "x" * (MAX_CHARACTERS + 1)}, f"more than {MAX_CHARACTERS} characters"),
    ("long.size() == 0", {"long": [0] * (MAX_VALUES + 1)}, f"{MAX_VALUES} values"),
    ("big == 1", {"big": 10**400}, "too large"),
    ("xs.all(a, xs.all(b, a == b))", {"xs": [0] * 101}, "Iteration budget exceeded"),
]


@pytest.mark.parametrize(("expression", "metadata"), TRUE)
def test_true(expression: str, metadata: dict[str, Any]) -> None:
    assert why_not(expression, chat(metadata)) is None


@pytest.mark.parametrize(
    ("expression", "metadata", "words"), NOT_TRUE, ids=[f"{row[0]} {row[2]}" for row in NOT_TRUE]
)
def test_not_true(expression: str, metadata: dict[str, Any], words: str) -> None:
    assert words in (why_not(expression, chat(metadata)) or "it is true")


def test_metadata_at_top_level_is_read_where_there_is_no_other() -> None:
    assert why_not("tier == 'a'", chat(metadata=None)) is not None
    assert why_not("tier == 'a'", parse(_body(metadata={"tier": "a"}))) is None
    both = _body(metadata={"tier": "a"}, extra_body={"metadata": {"tier": "z"}})
    assert why_not("tier == 'a'", parse(both)) == FALSE
    assert why_not("tier == 'a'", parse(_body(metadata={"tier": "a"}, extra_body={"metadata": {}}))) != FALSE


def _body(**members: Any) -> bytes:
    return msgspec.json.encode({"model": "inworld/desk", "messages": TURNS, **members})


WHOLE: list[tuple[str, dict[str, Any], bool]] = [
    ('metadata.tier == "gold"', {"tier": "gold"}, True),
    ('metadata["user-id"] == "u"', {"user-id": "u"}, True),
    ('metadata["user"] == "u"', {"user": "u"}, True),
    ("metadata.a.b == 1", {"a": {"b": 1}}, True),
    ('"user-id" in metadata && !has(metadata.b)', {"user-id": "u"}, True),
    ("metadata.exists(key, key == 'a')", {"a": 1}, True),
    ('metadata.tier == "gold"', {}, False),
    ('metadata.tier == "gold"', {"tier": 3}, False),
    ('metadata == "mine"', {"metadata": "mine", "tier": "gold"}, True),
    ('metadata.tier == "gold"', {"metadata": "mine", "tier": "gold"}, False),
]


@pytest.mark.parametrize(("expression", "metadata", "true"), WHOLE)
def test_all_metadata(expression: str, metadata: dict[str, Any], true: bool) -> None:
    why = why_not(expression, chat(metadata))

    assert (why is None) is true


def test_all_metadata_may_be_too_large() -> None:
    large = {str(number): "x" * 1_000 for number in range(20)}

    assert "metadata holds more than" in str(why_not('metadata["0"] != ""', chat(large)))


def test_a_user() -> None:
    assert why_not("user == 'u-17'", chat({"user": "another"}, user="u-17")) is None
    assert "user holds more" in str(why_not("user != ''", chat(user="u" * (MAX_CHARACTERS + 1))))


REFUSED: list[tuple[str, str]] = [
    ("tier ==", "Syntax error: mismatched input '<EOF>' (line 1, column 8)"),
    ("a &&\n && b", "extraneous input '&&' (line 2, column 2)"),
    ("1 + 1", "must be true or false, but is of type int"),
    ('"yes"', "must be true or false, but is of type string"),
    ("size(messages)", "of type int"),
    ("messages", "of type list"),
    ("no_such(1)", "undeclared reference to 'no_such' (line 1, column 8)"),
    ("tier.no_such()", "undeclared reference to 'no_such'"),
    ("user == 3", "no matching overload for '_==_'"),
    ("messages[0] == 3", "no matching overload for '_==_'"),
    ("type == 'a'", "no matching overload"),
    ("if == 'a'", "reserved identifier: if"),
    ("has(tier)", "has() argument must be a field selection"),
    ("text.matches('(')", "the pattern '(' is none: missing ): ("),
    ("text.matches(other)", "the pattern of matches() must be a text in quotes"),
    ("text.matches('a' + 'b')", "the pattern of matches() must be a text in quotes"),
    ("matches(text, other)", "the pattern of matches() must be a text in quotes"),
    (r"text.matches('\\pL{30}')", "is too large"),
    ("text.matches('((a{30}){30}){30}')", "is too large"),
    ("google.protobuf.Struct{} == null", "makes a google.protobuf.Struct"),
    ("((((" * 20 + "true" + "))))" * 20, "recursion"),
    ("a.all(b, b.all(c, c.all(d, d.all(e, e))))", "more than 3 macros inside each other"),
    ("[text]" + ".map(a, a + a)" * 25 + ".size() > 0", "could take too long"),
    ("[text]" + ".map(a, a + a)" * 30 + ".size() > 0", "Exceeded max recursion depth of 32 when parsing."),
    (" && ".join(["text.matches('(a|b){500}x')"] * 80), "could take too long"),
]


@pytest.mark.parametrize(("expression", "words"), REFUSED, ids=[row[0][:40] for row in REFUSED])
def test_refused(expression: str, words: str) -> None:
    (fault,) = faults(expression)

    assert words in fault
    assert len(fault) < 800


def test_all_faults_are_told_by_their_paths() -> None:
    conditions = Conditions({"one": "a ==", "two": "true", "three": "1", "four": "x.matches('(')"})

    assert sorted(each.field for each in conditions.faults) == ["four", "one", "three"]


def test_each_condition_reads_its_own() -> None:
    conditions = Conditions(
        {"one": "tier == 'a'", "two": "messages.exists(tier, tier.role == role && user != '')"}
    )

    assert conditions.reads(0) == {"tier"}
    assert conditions.reads(1) == {"messages", "role", "user"}


def test_one_request_is_read_once() -> None:
    conditions = Conditions({"one": "a == 1", "two": "b == 1", "three": "a + b == 3"})
    evaluation = conditions.of(Facts(chat({"a": 1, "b": 2}), NOW))

    assert [evaluation.why_not(place) for place in range(3)] == [None, FALSE, None]


WORDS = st.sampled_from(
    [
        *(
            "a",
            "b",
            "messages",
            "user",
            "now",
            "model",
            "m",
            "content",
            "true",
            "null",
            "1",
            "2.5",
            "'x'",
            "[]",
            "{}",
        ),
        *(
            "==",
            "!=",
            "<",
            "&&",
            "||",
            "!",
            "+",
            "-",
            "*",
            "/",
            "%",
            "?",
            ":",
            "in",
            ".",
            ",",
            "(",
            ")",
            "[",
            "]",
        ),
        *(
            ".all(m, ",
            ".exists(m, ",
            ".map(m, ",
            ".filter(m, ",
            ".last()",
            ".size()",
            ".matches('",
            "')",
            "size(",
        ),
        *(
            ".contains('x')",
            "string(",
            "int(",
            "timestamp(",
            "has(a.b)",
            "b'x'",
            '"',
            "\\",
            "\n",
            "\0",
            "é",
            "{1: 2}",
        ),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=3),
    max_leaves=8,
)
METADATA = st.dictionaries(st.sampled_from(["a", "b", "m", "user", "", "é"]), VALUES, max_size=4)


@given(st.lists(WORDS, max_size=12).map("".join) | st.text(max_size=20), METADATA)
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_condition_or_refused(expression: str, metadata: dict[str, Any]) -> None:
    _evaluated(expression, metadata)


ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "a.b",
        "a[0]",
        "b.a.b",
        "messages",
        "user",
        "messages[0].content",
        "now",
        "1",
        "'x'",
        "2.5",
        "[a, b]",
        "{'k': a}",
    ]
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["==", "!=", "<", "+", "&&", "||", "in", "-", "/"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        st.tuples(inner, st.sampled_from(["size()", "last()", "matches('x+')", "contains('x')"])).map(
            ".".join
        ),
        st.tuples(inner, st.sampled_from(["all", "exists", "map", "filter"]), inner).map(
            lambda parts: f"{parts[0]}.{parts[1]}(m, {parts[2]} == m)"
        ),
        st.tuples(st.sampled_from(["size", "string", "int", "bytes", "type", "dyn", "!"]), inner).map(
            lambda parts: f"{parts[0]}({parts[1]})"
        ),
    ),
    max_leaves=10,
)


@given(EXPRESSIONS, METADATA)
@settings(max_examples=400, deadline=None)
def test_any_expression_is_evaluated_or_not_true(expression: str, metadata: dict[str, Any]) -> None:
    _evaluated(expression, metadata)


def _evaluated(expression: str, metadata: dict[str, Any]) -> None:
    started = time.process_time()
    conditions = Conditions({"p": expression})
    if conditions.faults:
        assert all(fault.field == "p" and fault.description for fault in conditions.faults)
    else:
        why = conditions.of(Facts(chat(metadata), NOW)).why_not(0)
        assert why is None or why.startswith("the ")
    assert time.process_time() - started < 10 * BUDGET / 1e9
