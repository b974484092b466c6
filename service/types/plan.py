"""What routing decides: whom to ask, in which order, and why."""

from typing import Literal

import msgspec

from service.types.chat_request import ChatRequest
from service.types.upstream import Endpoint

Reading = Literal["pinned", "named", "auto"]


class Target(msgspec.Struct, frozen=True):
    """One endpoint to ask.

    `place` is which of the models that the caller named it serves: 0 is the first, the others are its
    fallbacks; with `auto` all are 0.
    """

    endpoint: Endpoint
    place: int = 0


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Why the first target is the first, for the sentence in `metadata.reasoning` and for explain.

    `requested` is the name as the caller wrote it. `pool` is whether he said which models to pick from.
    `order` are the words for what the candidates were sorted by ("lowest price"); empty where there was only
    one, or where the caller named one. `sticky` is whether the conversation stayed where it was, `explored`
    whether an endpoint was put first because nothing recent is known of it.
    """

    reading: Reading
    requested: str
    pool: bool = False
    order: tuple[str, ...] = ()
    sticky: bool = False
    explored: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The choice made for one request; never without a target.

    `request` is what is asked: the caller's, with what a suffix of the model's name (`:online`) added to it.
    `ttft_timeout` is in seconds: how long a target that is not the last may take to its first content.
    `refusals_fall_over` is whether the next model is asked when one finds the content against its policy.
    `conversation` names the conversation that stays with the endpoint that answers; None for none.
    """

    request: ChatRequest
    targets: tuple[Target, ...]
    selection: Selection
    ttft_timeout: float | None = None
    refusals_fall_over: bool = False
    conversation: str | None = None
