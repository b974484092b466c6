"""Files of routers: every form of one and of several, and what is wrong with a file as such."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.files.router_text import MAX_BYTES, documents
from service.files.yaml_text import TextError


def places(text: str | bytes, name: str) -> list[tuple[str, Any]]:
    data = text.encode() if isinstance(text, str) else text
    return [(each.place, json.loads(each.data)) for each in documents(data, name)]


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("name: a", "x.yaml", [("", {"name": "a"})]),
        ("name: a", "x.YML", [("", {"name": "a"})]),
        ("name: a", "-", [("", {"name": "a"})]),
        ('{"name": "a"}', "x.json", [("", {"name": "a"})]),
        (' \n{"name": "a"}', "-", [("", {"name": "a"})]),
        ("{name: a}", "x.yaml", [("", {"name": "a"})]),
        ("- name: a\n- name: b", "x.yaml", [("[0]", {"name": "a"}), ("[1]", {"name": "b"})]),
        ('[{"name": "a"}]', "x", [("[0]", {"name": "a"})]),
        ('{"routers": [{"name": "a"}], "nextPageToken": ""}', "x.json", [("routers[0]", {"name": "a"})]),
        ("name: a\n---\nname: b", "x", [("document 1", {"name": "a"}), ("document 2", {"name": "b"})]),
        ("---\n---\nname: b", "x", [("", {"name": "b"})]),
        (
            "name: a\n---\nrouters: [{name: b}]\n---\n- name: c",
            "x",
            [
                ("document 1", {"name": "a"}),
                ("document 2, routers[0]", {"name": "b"}),
                ("document 3, [0]", {"name": "c"}),
            ],
        ),
        (b"\xef\xbb\xbfname: \xc3\xbc", "x.yaml", [("", {"name": "ü"})]),
        ('{"n": 123456789012345678901, "f": 0.1}', "x.json", [("", {"n": 123456789012345678901, "f": 0.1})]),
        ('{"half": "\\ud800"}', "x.json", [("", {"half": "\ud800"})]),
    ],
)
def test_documents(text: str | bytes, name: str, found: list[tuple[str, Any]]) -> None:
    assert places(text, name) == found


@pytest.mark.parametrize(
    ("text", "name", "fault"),
    [
        ("", "x.yaml", "holds no router"),
        ("", "x.json", "holds no router"),
        (" \n", "-", "holds no router"),
        ("# only words", "x.yaml", "holds no router"),
        ("routers: []", "x.yaml", "holds no router"),
        ("[]", "-", "holds no router"),
        ("just words", "x.yaml", "the file is no router; it must be an object"),
        ("- 1", "x.yaml", "[0] is no router; it must be an object"),
        ("name: a\n---\n7", "x.yaml", "document 2 is no router; it must be an object"),
        ("routers: [{name: a}, x]", "x.yaml", "routers[1] is no router; it must be an object"),
        ("routers: [{name: a}]\nnames: b", "x.yaml", "the file has 'names' beside 'routers'"),
        ("name: a", "x.json", "line 1, column 1: is not valid JSON: "),
        ('{"a": 1,}', "x.json", "line 1, column 9: is not valid JSON: "),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "x.json", "'c' is given twice"),
        ('{"a": NaN}', "x.json", "NaN is no number of JSON"),
        ('{"a": 1e999}', "x.json", "1e999 is out of range"),
        ('{"a": ' + "9" * 5000 + "}", "x.json", "is not valid JSON: "),
        ("[" * 100_000, "x.json", "is nested too deeply"),
        (b"\xff", "x.yaml", "is not valid UTF-8 at byte 0"),
        (b"#" * (MAX_BYTES + 1), "x.yaml", "is larger than 1048576 bytes"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_file_of_routers(text: str | bytes, name: str, fault: str) -> None:
    with pytest.raises(TextError) as caught:
        places(text, name)

    assert fault in str(caught.value)


@given(st.binary(max_size=80), st.sampled_from(["x.json", "x.yaml", "-"]))
def test_any_file_is_read_or_refused(data: bytes, name: str) -> None:
    try:
        for each in documents(data, name):
            assert isinstance(json.loads(each.data), dict)
    except TextError:
        pass
