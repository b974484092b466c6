"""Tools that the caller ran: each result goes back to Gemini after its call, as the tool gave it."""

from typing import Any

import pytest

from tests.dialects.google_asking import CALLS, GEMINI_2, GEMINI_3, USER, Json, sent

RESULTS = [
    {"role": "tool", "tool_call_id": "c2", "content": "two"},
    {"role": "system", "content": "Meanwhile."},
    {"role": "tool", "tool_call_id": "c1", "content": '{"y": 1, "x": 2.0}'},
]


def result(call_id: str, name: str, response: Json, **members: Any) -> Json:
    return {"functionResponse": {"id": call_id, "name": name, "response": response, **members}}


def test_results_follow_their_calls_in_order() -> None:
    messages = [USER, {"role": "assistant", "content": None, "tool_calls": CALLS}, *RESULTS, USER]

    body, request = sent(GEMINI_2, messages=messages)

    called, answered, said = body["contents"][1:]
    assert called["parts"] == [
        {"functionCall": {"id": "c1", "name": "f", "args": {"b": 1.0, "a": 12345678901234567890}}},
        {"functionCall": {"id": "c2", "name": "g", "args": {}}},
    ]
    assert answered["parts"] == [
        result("c1", "f", {"y": 1, "x": 2}),
        result("c2", "g", {"output": "two"}),
    ]
    assert said["parts"] == [{"text": "Meanwhile."}, {"text": "Hi"}]
    # Byte for byte: numbers and the order of keys are the model's and the tool's.
    assert b'"args":{"b": 1.0, "a": 12345678901234567890}' in request.body
    assert b'"response":{"y": 1, "x": 2.0}' in request.body


@pytest.mark.parametrize("text", ["", "[1]", "12", "{broken", "null"])
def test_a_result_that_is_no_object_is_the_output_of_one(text: str) -> None:
    messages = [
        USER,
        {"role": "assistant", "tool_calls": CALLS[:1]},
        {"role": "tool", "tool_call_id": "c1", "content": text},
    ]
    assert sent(messages=messages)[0]["contents"][2]["parts"] == [result("c1", "f", {"output": text})]


def test_images_in_results() -> None:
    shown = {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}
    data = {"inlineData": {"mimeType": "image/png", "data": "QUJD"}}
    messages = [
        USER,
        {"role": "assistant", "tool_calls": CALLS[:1]},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "see"}, shown]},
    ]
    told = result("c1", "f", {"output": "see"})
    assert sent(GEMINI_2, messages=messages)[0]["contents"][2]["parts"] == [told, data]
    told["functionResponse"]["parts"] = [data]
    assert sent(GEMINI_3, messages=messages)[0]["contents"][2]["parts"] == [told]
