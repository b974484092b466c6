"""What the command line says of a chat beside its messages."""

import argparse
from typing import Any

import pytest

from service.cli.said import member, members, text_member


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("tier=gold", "tier", "gold"),
        ("n=5", "n", 5),
        ("n=-1.5e3", "n", -1500.0),
        ("on=true", "on", True),
        ("none=null", "none", None),
        ('text="5"', "text", "5"),
        ('list=["a", 1]', "list", ["a", 1]),
        ("a=b=c", "a", "b=c"),
        ("empty=", "empty", ""),
        ("n=NaN", "n", "NaN"),
        ("n=-Infinity", "n", "-Infinity"),
        ("deep=" + "[" * 100_000, "deep", "[" * 100_000),
    ],
    ids=lambda each: str(each)[:20],
)
def test_a_member(text: str, name: str, value: Any) -> None:
    assert member(text) == (name, value)


def test_a_text() -> None:
    assert text_member("n=5") == ("n", "5")


@pytest.mark.parametrize("text", ["", "tier", "=gold"])
@pytest.mark.parametrize("read", [member, text_member])
def test_what_is_none(read: Any, text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="with = between"):
        read(text)


def test_members() -> None:
    said = argparse.Namespace(user="u", metadata=[("a", 1), ("b", "x")], prompt_variables=None)

    assert members(said) == {"user": "u", "metadata": {"a": 1, "b": "x"}}
