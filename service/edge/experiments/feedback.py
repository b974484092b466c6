"""Feedback as callers write it: read, checked, and kept."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from service.edge.experiments.asked import METRIC, METRIC_WORDS
from service.edge.snake import members
from service.errors import InvalidRequest, Violation
from service.store.feedback import Feedback
from service.store.outcomes import MEASURED
from service.types import checked

_PREFIX = r"^(chatcmpl-|gen-)?"
_ID = _PREFIX + r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z"
_SIZES = (1e-100, 1e100)
"""Squares of these, and sums of squares, are numbers still."""


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value of an answer in a metric."""

    generation_id: Annotated[
        str, Meta(pattern=_ID, description="a UUID, which may follow 'chatcmpl-' or 'gen-'")
    ]
    metric: Annotated[str, Meta(pattern=METRIC, description=METRIC_WORDS)]
    value: bool | float

    @property
    def uuid(self) -> str:
        """The id of the generation, as it is stored."""
        return re.sub(_PREFIX, "", self.generation_id).lower()


async def keep(store: Feedback, data: bytes) -> Told:
    """Keeps what the JSON says, in either spelling of its members; gives it with the bare id.

    Raises `InvalidRequest`, `NotFound`, and `Unavailable`.
    """
    told = checked.decode(msgspec.json.encode(members(data)), Told)
    faults = []
    if told.metric in MEASURED:
        faults.append(Violation("metric", f"'{told.metric}' is measured already; name yours otherwise"))
    least, most = _SIZES
    if told.value and not least <= abs(told.value) <= most:
        allowed = f"true, false, 0, or a number of a size from {least:g} to {most:g}"
        faults.append(Violation("value", f"must be {allowed}, got {told.value:g}"))
    if faults:
        raise InvalidRequest(faults)
    await store.add(told.uuid, told.metric, float(told.value), boolean=isinstance(told.value, bool))
    return msgspec.structs.replace(told, generation_id=told.uuid)


def printed(told: Told) -> dict[str, Any]:
    """Prints what was kept."""
    return msgspec.structs.asdict(told)
