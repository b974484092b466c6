"""Answers of the typed doors that give one message for a request."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from service.edge.call_context import Context
from service.edge.grpc_chat import refuse
from service.errors import Internal, PointsmanError

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")


async def answer(context: Context, make: Callable[[], Awaitable[_T]]) -> _T:
    """Answers what is made, or ends the call with the status of a failure."""
    try:
        return await make()
    except PointsmanError as error:
        failure = error
    except Exception:  # noqa: BLE001 - the last net: nothing of ours may leak to callers
        _LOG.exception("internal error in a typed call")
        failure = Internal()
    await refuse(context, failure)
    raise failure
