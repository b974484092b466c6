"""What routing decides: whom to ask, in which order, and why."""

from typing import Literal

import msgspec

from service.types.chat_request import ChatRequest
from service.types.metadata import Warning  # noqa: A004 - the contract's word
from service.types.upstream import Endpoint

Reading = Literal["pinned", "named", "auto"]


class Target(msgspec.Struct, frozen=True):
    """One endpoint to ask.

    `place` is which of the models that the caller named it serves: 0 is the first, the others are its
    fallbacks; with `auto` all are 0. `request` is what is asked there, where a suffix of that model's name
    changes it; None is the plan's.
    """

    endpoint: Endpoint
    place: int = 0
    request: ChatRequest | None = None


class Routed(msgspec.Struct, frozen=True):
    """Where a saved router sent a request: its name, the route, the variant."""

    router: str
    route_id: str
    variant_id: str


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Why the first target is the first, for the sentence in `metadata.reasoning` and for explain.

    `requested` is the name as the caller wrote it. `pool` is whether he said which models to pick from.
    `order` are the words for what the candidates were sorted by ("lowest price"); empty where there was only
    one, or where the caller named one. `sticky` is whether the conversation stayed where it was, `explored`
    whether an endpoint was put first because nothing recent is known of it. `passed_over` says why the first
    target is not of the model that the request names ("'a/b' rests after failures"); empty where it is.
    `routed` is the way through a saved router; None where the request names none.
    """

    reading: Reading
    requested: str
    pool: bool = False
    order: tuple[str, ...] = ()
    sticky: bool = False
    explored: bool = False
    passed_over: str = ""
    routed: Routed | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The choice made for one request; never without a target.

    `request` is what the caller asked; `warnings` name options of it that mean nothing here.
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
    warnings: tuple[Warning, ...] = ()
