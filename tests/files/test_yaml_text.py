"""YAML as JSON has it: what is read, what is refused and where, and that everything written is read again."""

import contextlib
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.files.yaml_text import TextError, read, write

WORDS = ["yes", "no", "on", "2020-01-01", "12:30", "1_000", ".inf", ".nan", "<<", "="]
PLAIN = [None, None, True, False, -3, 4, 31, 15, 7, 1000.0, -0.5, 2.0]


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("", []),
        ("# nothing\n---\n---\n~\n", []),
        ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("- 1\n- [2, {x: y}]\n", [[1, [2, {"x": "y"}]]]),
        ('{"a": [1, 2.5, null, true, "b"]}', [{"a": [1, 2.5, None, True, "b"]}]),
        ("words: [yes, no, on, 2020-01-01, 12:30, 1_000, .inf, .nan, <<, =]", [{"words": WORDS}]),
        ("plain: [~, null, True, FALSE, -3, +4, 0x1F, 0o17, 007, 1e3, -.5, 2.]", [{"plain": PLAIN}]),
        ("quoted: ['1', \"true\", '', ! 2, !!str 3, !!int 4]", [{"quoted": ["1", "true", "", "2", "3", 4]}]),
        ("50256: -100\ntrue: x\n~: y\n", [{"50256": -100, "true": "x", "~": "y"}]),
        ("text: |\n  one\n   two\n", [{"text": "one\n two\n"}]),
        ("text: >-\n  one\n  two\n", [{"text": "one two"}]),
        ("big: 99999999999999999999999999999999999", [{"big": "9" * 35}]),
        ("big: 1e999", [{"big": "1e999"}]),
        ("a: &unused 1", [{"a": 1}]),
        ("<<: {a: 1}", [{"<<": {"a": 1}}]),
    ],
)
def test_read(text: str, documents: list[Any]) -> None:
    assert read(text) == documents


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb: 2\na: 3", "line 3, column 1: 'a' is given twice"),
        ("x:\n  - {a: 1, 'a': 2}", "line 2, column 12: 'a' is given twice"),
        ("a: &b [1]\nc: *b", "line 2, column 4: aliases (*b) are not read; write it out"),
        ("[1]: 2", "line 1, column 1: a name must be a text"),
        ("? {a: b}\n: 2", "line 1, column 3: a name must be a text"),
        ("a: !!python/object/apply:os.system [id]", "line 1, column 4: tags (tag:yaml.org,2002:python"),
        ("a: !!binary aGk=", "line 1, column 4: tags (tag:yaml.org,2002:binary) are not read"),
        ("a: !!set {b}", "line 1, column 4: tags (tag:yaml.org,2002:set) are not read"),
        ("a: !mine b", "line 1, column 4: tags (!mine) are not read"),
        ("a: !!int b", "line 1, column 4: tags (tag:yaml.org,2002:int) are not read"),
        ("a: b: c", "line 1, column 5: "),
        ("a: [", "line 2, column 1: "),
        ("\ta: 1", "line 1, column 1: "),
        ("a: \x01", "control characters are not allowed"),
        ("[" * 1000, "nested more than 64 levels deep"),
        ("- " * 1000 + "a", "nested more than 64 levels deep"),
    ],
)
def test_what_is_refused_is_told_with_its_place(text: str, fault: str) -> None:
    with pytest.raises(TextError) as caught:
        read(text)

    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bomb_of_aliases_is_no_work() -> None:
    text = "a: &a [x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, x]\n" for i in range(20))
    started = time.perf_counter()

    with pytest.raises(TextError, match="aliases"):
        read(text)
    assert time.perf_counter() - started < 1


def test_write_is_for_people() -> None:
    routers = [
        {"name": "faq", "text": "Be brief.\nBe kind.\n", "list": [{"b": 1, "a": []}], "no": "no"},
        {"name": "1e3"},
    ]

    assert write(routers) == (
        "---\nname: faq\ntext: |\n  Be brief.\n  Be kind.\nlist:\n  - b: 1\n    a: []\n'no': 'no'\n"
        "---\nname: '1e3'\n"
    )
    assert write([{"name": "alone"}]) == "name: alone\n"


_TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(["no", "~", "1e3", "0x1F", "0o7", "=", "<<", "2020-01-01", "a: b", "# x", "---", "- a"]),
    st.text(" \n\t:#-'\"|>{}[]&*!%@`ab\r\u2028\x85\ufeff", max_size=20),
)
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    _TEXTS,
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(_VALUES.filter(lambda value: value is not None), max_size=3))
def test_what_is_written_is_read_again(documents: list[Any]) -> None:
    assert read(write(documents)) == documents


@given(st.text("{}[]:,-?&*!|>'\"%@` \n\tab1#~", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(TextError):
        read(text)
