"""How frames become messages."""

import pytest

from service.edge import http_answer

LIMIT = http_answer._MESSAGE_BYTES


@pytest.mark.parametrize(
    ("sizes", "messages"),
    [
        ([], []),
        ([10, 20, 30], [60]),
        ([LIMIT // 2, LIMIT // 2], [LIMIT]),
        ([LIMIT // 2, LIMIT // 2, 1], [LIMIT, 1]),
        ([1, 3 * LIMIT, 1], [1, 3 * LIMIT, 1]),
        ([LIMIT] * 3, [LIMIT] * 3),
    ],
    ids=["none", "small ones together", "up to the limit", "beyond it", "a large one alone", "large ones"],
)
def test_frames_leave_together_up_to_a_limit(sizes: list[int], messages: list[int]) -> None:
    joined = list(http_answer._messages(bytes(size) for size in sizes))

    assert [len(message) for message in joined] == messages
