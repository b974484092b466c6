"""A turn of Gemini's that goes to a client and comes back is the turn that it was, signatures in place."""

import json
from itertools import groupby
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dialects.google import Google
from service.dialects.google.history import FOREIGN_SIGNATURE
from service.dialects.google.vertex import GeminiOnVertex
from service.types.chunk import Chunk
from service.types.fold import fold
from service.types.upstream import Endpoint
from tests.asking import chat

Part = dict[str, Any]

GEMINI_3 = Endpoint(provider="google", model="gemini-3-pro", base_url="https://g.test", dialect="google")
GEMINI_2 = Endpoint(provider="google", model="gemini-2.5-pro", base_url="https://g.test", dialect="google")
SIGNED = {"thoughtSignature": "U0lH"}


def decoded(*responses: list[Part], stream: bool) -> Chunk:
    """The answer of these responses' parts."""
    decoder = Google().decoder(chat(stream=stream), GEMINI_3, "text/event-stream" if stream else "")
    chunks = []
    for place, parts in enumerate(responses):
        end = {"finishReason": "STOP"} if place == len(responses) - 1 else {}
        body = json.dumps({"candidates": [{"content": {"parts": parts}, **end}]})
        chunks += decoder.feed((f"data: {body}\n\n" if stream else body).encode())
    return fold([*chunks, *decoder.end()])


def echoed(answer: Chunk, endpoint: Endpoint = GEMINI_2, dialect: Google | None = None) -> list[Part]:
    """The parts that go back when a client sends the message as it got it."""
    delta = answer.choices[0].delta
    message: dict[str, Any] = {"role": "assistant", "content": delta.content}
    if delta.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in delta.tool_calls
        ]
    if delta.reasoning_details:
        message["reasoning_details"] = json.loads(msgspec.json.encode(delta.reasoning_details))
    if delta.images:
        message["images"] = delta.images
    request = chat(messages=[{"role": "user", "content": "Hi"}, message])
    contents = json.loads((dialect or Google()).encode(request, endpoint, {}).body)["contents"]
    return contents[1]["parts"] if len(contents) > 1 else []


def call(name: str, call_id: str, **members: Any) -> Part:
    return {"functionCall": {"id": call_id, "name": name, "args": {"z": 1, "a": [1.0]}}, **members}


CODE = {"executableCode": {"id": "e1", "language": "PYTHON", "code": "1"}, **SIGNED}
RAN = {"codeExecutionResult": {"id": "e1", "outcome": "OUTCOME_OK", "output": "1"}}
SEARCH = {"toolCall": {"id": "t1", "toolType": "GOOGLE_SEARCH_WEB", "args": {"queries": ["q"]}}, **SIGNED}
FOUND = {
    "toolResponse": {"id": "t1", "toolType": "GOOGLE_SEARCH_WEB", "response": {"s": "x"}},
    "thoughtSignature": "VDI=",
}
IMAGE = {"inlineData": {"mimeType": "image/png", "data": "QUJD"}}

TURNS: dict[str, list[Part]] = {
    "thought, text": [{"text": "Hm.", "thought": True}, {"text": "42", **SIGNED}],
    "signed thought": [{"text": "Hm.", "thought": True, **SIGNED}, {"text": "42"}],
    "signature on no text": [{"text": "42"}, {"text": "", **SIGNED}],
    "parallel calls, the first signed": [{"text": "ok"}, call("f", "a", **SIGNED), call("g", "b")],
    "each call signed": [call("f", "a", **SIGNED), call("g", "b", thoughtSignature="VDI=")],
    "a later call signed": [call("f", "a"), call("g", "b", **SIGNED), call("h", "c")],
    "unsigned calls before text": [call("f", "a"), call("g", "b"), {"text": "ok"}, call("h", "c", **SIGNED)],
    "a call, then a thought": [
        {"text": "x"},
        call("f", "a", **SIGNED),
        call("g", "b"),
        {"text": "Hm", "thought": True},
        {"text": "y"},
    ],
    "text after a call": [call("f", "a", **SIGNED), {"text": "ok", "thoughtSignature": "VDI="}],
    "code": [{"text": "Let me see: "}, CODE, RAN, {"text": "it is 1", **SIGNED}],
    "tools between": [SEARCH, FOUND, {"text": "a"}, call("f", "a", **SIGNED)],
    "interleaved tools": [CODE, SEARCH, RAN, FOUND, {"text": "a"}],
    "images": [{"text": "one "}, {**IMAGE, **SIGNED}, {"text": "two"}, {**IMAGE, "thoughtSignature": "VDI="}],
    "unsigned images": [{"text": "one "}, IMAGE, IMAGE, {"text": "two"}, IMAGE],
    "an unsigned image, a call": [{"text": "a"}, IMAGE, call("f", "a", **SIGNED)],
    "thoughts between": [
        {"text": "A", "thought": True, **SIGNED},
        {"text": "B", "thought": True},
        {"text": "ä", **SIGNED},
        {"text": "C", "thought": True},
        {"text": "ß"},
    ],
    "unknown part": [{"text": "a"}, {"hologram": {"x": 1}}, {"text": "b"}],
}


@pytest.mark.parametrize("parts", TURNS.values(), ids=list(TURNS))
def test_a_turn_comes_back_as_it_was(parts: list[Part]) -> None:
    whole = decoded(parts, stream=False)
    pieces = decoded(*([part] for part in parts), stream=True)

    assert echoed(whole) == parts
    assert pieces == whole


@st.composite
def turns(draw: st.DrawFn) -> list[Part]:
    """Turns as Google makes them: parts that would be one part are one."""
    text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3)
    kinds = draw(
        st.lists(st.sampled_from(["text", "thought", "call", "code", "image"]), min_size=1, max_size=8)
    )
    parts: list[Part] = []
    for place, kind in enumerate(kind for kind, _ in groupby(kinds)):
        signed = {"thoughtSignature": f"U0lH{place}"} if draw(st.booleans()) else {}
        match kind:
            case "text":
                parts.append({"text": draw(text), **signed})
            case "thought":
                parts.append({"text": draw(text), "thought": True, **signed})
            case "call":
                parts.append(call("f", f"c{place}", **signed))
            case "code":
                parts.append({"executableCode": {"code": draw(text)}, **signed})
            case _:
                parts.append({**IMAGE, **signed})
    return parts


@given(turns())
def test_any_turn_comes_back_as_it_was(parts: list[Part]) -> None:
    assert echoed(decoded(parts, stream=False)) == parts
    assert echoed(decoded(*([part] for part in parts), stream=True)) == parts


def test_pieces_of_a_stream_are_joined_but_for_signed_ones() -> None:
    pieces: list[Part] = [
        {"text": "Th", "thought": True},
        {"text": "ink", "thought": True},
        {"text": "4"},
        {"text": "2"},
        {"text": "", **SIGNED},
    ]
    answer = decoded(*([piece] for piece in pieces), stream=True)

    assert answer.choices[0].delta.reasoning == "Think"
    assert echoed(answer) == [{"text": "Think", "thought": True}, {"text": "42"}, {"text": "", **SIGNED}]


def pieced(*responses: list[Part]) -> tuple[Chunk, list[Any]]:
    """A stream's answer, and its details as a client has them that joins none."""
    decoder, pieces = Google().decoder(chat(stream=True), GEMINI_3, "text/event-stream"), []
    for parts in [*responses, None]:
        members: Part = {"finishReason": "STOP"} if parts is None else {"content": {"parts": parts}}
        body = json.dumps({"candidates": [members]})
        pieces += decoder.feed(f"data: {body}\n\n".encode())
    details = [each for piece in pieces for each in piece.choices[0].delta.reasoning_details or ()]
    return fold(pieces), details


def naively_joined(details: list[Any]) -> list[Any]:
    """Joined by index as some clients do: every text grows, but for the type."""
    joined: dict[int, Any] = {}
    for detail in details:
        known = joined.setdefault(detail["index"], {})
        for name, value in detail.items():
            grows = isinstance(value, str) and name != "type" and name in known
            known[name] = known[name] + value if grows else value
    return list(joined.values())


PIECES: list[Part] = [
    {"text": "Th", "thought": True},
    {"text": "ink", "thought": True},
    {"text": "", "thought": True, **SIGNED},
    {"text": "42"},
    CODE,
    RAN,
    call("f", "a", thoughtSignature="VDI="),
]


@pytest.mark.parametrize("joined", [list, naively_joined])
def test_details_that_a_client_has_not_joined(joined: Any) -> None:
    answer, details = pieced(*([part] for part in PIECES))
    expected = echoed(answer)
    answer.choices[0].delta.reasoning_details = joined(details)

    assert echoed(answer) == expected
    assert expected[0] == {"text": "Think", "thought": True, **SIGNED}


def test_names_are_said_once_for_each_detail() -> None:
    details = pieced(*([part] for part in PIECES))[1]
    named = [
        (each["index"], name) for each in details for name in ("format", "content_index") if name in each
    ]

    assert len(named) == len(set(named))


def test_names_that_were_repeated_are_known() -> None:
    ours = {"format": "google-gemini-v1" * 3, "index": 0, "type": "reasoning.encrypted" * 3}
    parts = said(tool_calls=[FOREIGN_CALL], reasoning_details=[{**ours, "data": "U0lH", "id": "toolu_1" * 3}])

    assert parts == [{**SENT_CALL, **SIGNED}]


ODD: list[Part] = [
    {"id": []},
    {"id": {}, "index": "x"},
    {"data": 7, "index": -1, "content_index": "y"},
    {"image": [], "index": True},
    {"type": [], "format": {}},
    {"type": "reasoning.text", "text": 5},
    {"type": "reasoning.server_tool_call", "block": [], "result_block": "x"},
]


@pytest.mark.parametrize("detail", ODD)
def test_details_of_wrong_types_are_no_details(detail: Part) -> None:
    whole = {
        "type": "reasoning.encrypted",
        "format": "google-gemini-v1",
        "index": 0,
        "data": "U0lH",
        **detail,
    }
    texts = [part.get("text") for part in said(content="ok", reasoning_details=[whole, whole])]

    assert "".join(filter(None, texts)) == "ok"


def said(**members: Any) -> list[Part]:
    message = {"role": "assistant", **members}
    body = Google().encode(chat(messages=[{"role": "user", "content": "Hi"}, message]), GEMINI_3, {}).body
    parts: list[Part] = json.loads(body)["contents"][1]["parts"]
    return parts


FOREIGN_CALL = {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
SENT_CALL = {"functionCall": {"id": "toolu_1", "name": "f", "args": {}}}


def test_thoughts_of_other_vendors_are_left_out_and_their_calls_get_the_signature_that_google_names() -> None:
    foreign = {"type": "reasoning.text", "text": "Hm", "signature": "x", "format": "anthropic-claude-v1"}

    parts = said(content="ok", reasoning="Hm", reasoning_details=[foreign], tool_calls=[FOREIGN_CALL] * 2)

    signed = {**SENT_CALL, "thoughtSignature": FOREIGN_SIGNATURE}
    assert parts == [{"text": "ok"}, signed, SENT_CALL]


def test_older_models_need_no_signature() -> None:
    message = {"role": "assistant", "tool_calls": [FOREIGN_CALL]}
    request = chat(messages=[{"role": "user", "content": "Hi"}, message])
    assert json.loads(Google().encode(request, GEMINI_2, {}).body)["contents"][1]["parts"] == [SENT_CALL]


def test_details_without_places_as_other_routers_make_them() -> None:
    ours = {"format": "google-gemini-v1", "index": 0}
    details = [
        {"type": "reasoning.text", "text": "Hm", **ours},
        {"type": "reasoning.encrypted", "data": "U0lH", "id": "toolu_1", **ours},
    ]
    assert said(content="ok", reasoning_details=details[:1]) == [
        {"text": "Hm", "thought": True},
        {"text": "ok"},
    ]
    assert said(content="ok", reasoning_details=[{**details[1], "id": None}]) == [{"text": "ok", **SIGNED}]
    assert said(content="ok", tool_calls=[FOREIGN_CALL], reasoning_details=details[1:]) == [
        {"text": "ok"},
        {**SENT_CALL, **SIGNED},
    ]


def test_vertex_gets_no_parts_that_only_ai_studio_takes() -> None:
    answer = decoded(TURNS["interleaved tools"], stream=False)

    assert echoed(answer, dialect=GeminiOnVertex()) == [CODE, RAN, {"text": "a"}]


def test_a_text_that_the_client_has_changed_is_sent_as_it_is() -> None:
    detail: Part = {"type": "reasoning.encrypted", "data": "U0lH", "id": None, "format": "google-gemini-v1"}
    detail |= {"index": 0, "content_index": 90, "content_length": 9}
    assert said(content="short", reasoning_details=[detail]) == [{"text": "short"}, {"text": "", **SIGNED}]
