"""What one call of an endpoint taught: the only thing that workers and machines tell each other of health.

All else (measurements, breakers, rests, which endpoint holds whose prompt cache) is a fold over these.
"""

from typing import Literal

import msgspec

Outcome = Literal["ok", "failed", "limited", "none"]


class Observation(msgspec.Struct, frozen=True, kw_only=True, array_like=True, omit_defaults=True):
    """One call's outcome, at the moment `at` when it ended. Times are Unix seconds, durations seconds.

    `outcome` is `failed` where the endpoint was at fault, `limited` where it asked for fewer requests, `none`
    where the call says nothing about it (a bad request, a caller gone, a limit of ours). `ttft` is the time
    to the first content of a streamed answer, `whole` the time of one that was not streamed, `throughput`
    output tokens per second of the whole call (OpenRouter A5.2). `rest_until` is when the credential named
    by `key` (a fingerprint, never the key) may be used again: at this endpoint, or with `key_wide` at the
    whole provider; `told` is whether the provider itself said so. `conversation` is one that this endpoint
    answered, `cached` whether it was seen to use its prompt cache. `began` is when the call did: what was
    started before an endpoint failed or came back says nothing of how it is since. `at_least` is how long the
    first content was waited for in vain, by a caller's own limit.
    """

    at: float
    provider: str
    endpoint: str
    outcome: Outcome
    ttft: float | None = None
    whole: float | None = None
    throughput: float | None = None
    rest_until: float = 0.0
    key: str = ""
    key_wide: bool = False
    told: bool = False
    conversation: str | None = None
    cached: bool = False
    began: float | None = None
    at_least: float | None = None
