"""What routing decides: the endpoint to call, and the reason in words."""

import msgspec

from service.types.upstream import Endpoint


class Plan(msgspec.Struct, frozen=True):
    """The choice made for one request. `reason` is a sentence without its outcome."""

    endpoint: Endpoint
    reason: str
