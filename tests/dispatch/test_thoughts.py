"""Thoughts that a caller does not want to see."""

from service.dispatch.thoughts import hide
from service.types.chunk import Chunk, ChunkChoice, Delta


def test_readable_thoughts_go_and_what_a_vendor_needs_back_stays() -> None:
    details = [
        {"type": "reasoning.text", "text": "Hm.", "signature": "s"},
        {"type": "reasoning.summary", "summary": "Hm."},
        {"type": "reasoning.encrypted", "data": "x"},
        {"type": "reasoning.server_tool_call", "tool_name": "web_search"},
    ]
    delta = Delta(
        content="Hi",
        reasoning="Hm.",
        reasoning_details=details,
        extra={
            "reasoning_content": "Hm.",
            "other": 1,
            "content_parts": [{"type": "reasoning", "summary": []}, {"type": "x"}],
        },
    )
    hide([Chunk(choices=[ChunkChoice(index=0, delta=delta)])])

    assert delta == Delta(
        content="Hi", reasoning_details=details[2:], extra={"other": 1, "content_parts": [{"type": "x"}]}
    )


def test_nothing_is_left_of_details_that_are_all_readable() -> None:
    delta = Delta(reasoning_details=[{"type": "reasoning.text", "text": "Hm."}])
    hide([Chunk(choices=[ChunkChoice(index=0, delta=delta)])])

    assert delta == Delta()
