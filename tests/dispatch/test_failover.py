"""What follows when a call fails before its first content: every row of the table, against fake vendors."""

from hashlib import sha256
from typing import Any, NamedTuple

import pytest

from service.dispatch.failover import TABLE, Then, most_telling
from service.errors import ErrorKind, ProviderError
from service.types.observation import Observation
from tests.asking import chat
from tests.dispatch.scene import scene, text, until_error
from tests.upstream.calling import run
from tests.upstreams.fake_vendor import (
    FakeVendor,
    Script,
    VendorCall,
    delta,
    hello,
    replying,
    streaming,
)


def failing(status: int, code: str | None = None, **headers: str) -> Script:
    return replying({"error": {"message": "oh", "code": code}}, status, **headers)


async def _hangs(call: VendorCall) -> None:
    await call.hang()


class Case(NamedTuple):
    """What a vendor with the keys `a` and `b` does, and what follows before another vendor's model is asked.

    `keys` are those it is asked with, `outcomes` what is observed of it, `rests` the keys that rest: with a
    star at the whole provider, with `!` because it said so itself. `goes_on` is whether the other is asked.
    """

    script: Script
    kind: ErrorKind
    keys: str = "a"
    outcomes: tuple[str, ...] = ("failed",)
    rests: tuple[str, ...] = ()
    goes_on: bool = True


STOPS: dict[str, Any] = {"outcomes": ("none",), "goes_on": False}
CASES = {
    "a rate limit: next key": Case(
        failing(429), ErrorKind.PROVIDER_RATE_LIMIT, "ab", ("limited", "limited"), ("a", "b")
    ),
    "a rate limit with its end": Case(
        failing(429, retry_after="9"),
        ErrorKind.PROVIDER_RATE_LIMIT,
        "ab",
        ("limited", "limited"),
        ("a!", "b!"),
    ),
    "a quota: next key": Case(
        failing(429, "insufficient_quota"),
        ErrorKind.PROVIDER_QUOTA,
        "ab",
        ("limited", "limited"),
        ("a", "b"),
    ),
    "a key that is refused: next key, and only the last is held against the endpoint": Case(
        failing(401), ErrorKind.PROVIDER_AUTH, "ab", ("none", "failed"), ("a*", "b*")
    ),
    "no money": Case(failing(402), ErrorKind.PROVIDER_AUTH, "ab", ("none", "failed"), ("a*", "b*")),
    "a model that the key may not use": Case(
        failing(403), ErrorKind.PROVIDER_AUTH, "ab", ("none", "failed"), ("a", "b")
    ),
    "overload": Case(failing(503), ErrorKind.PROVIDER_OVERLOADED),
    "overload with its end": Case(
        failing(503, retry_after="9"), ErrorKind.PROVIDER_OVERLOADED, rests=("a!",)
    ),
    "a fault of the vendor": Case(failing(500), ErrorKind.PROVIDER_FAILURE),
    "silence": Case(_hangs, ErrorKind.PROVIDER_TIMEOUT),
    "a stream that stalls": Case(streaming(delta(role="assistant"), ends="hang"), ErrorKind.PROVIDER_TIMEOUT),
    "garbage": Case(streaming(b"data: {\n\n"), ErrorKind.PROVIDER_INVALID_RESPONSE),
    "an empty body": Case(replying(b""), ErrorKind.PROVIDER_INVALID_RESPONSE),
    "a connection that breaks: once more": Case(
        streaming(delta(role="assistant"), ends="break"),
        ErrorKind.PROVIDER_UNREACHABLE,
        "aa",
        ("failed", "failed"),
    ),
    "a missing model": Case(failing(404), ErrorKind.PROVIDER_MODEL_NOT_FOUND),
    "a prompt that is too long": Case(
        failing(400, "context_length_exceeded"), ErrorKind.PROVIDER_CONTEXT_LENGTH, outcomes=("none",)
    ),
    "a request that is too large": Case(failing(413), ErrorKind.PROVIDER_TOO_LARGE, outcomes=("none",)),
    "a refusal of the content": Case(
        failing(400, "content_policy_violation"), ErrorKind.PROVIDER_CONTENT_POLICY, **STOPS
    ),
    "a bad request": Case(failing(400), ErrorKind.PROVIDER_BAD_REQUEST, **STOPS),
    "an unprocessable one": Case(failing(422), ErrorKind.PROVIDER_UNPROCESSABLE, **STOPS),
    "a bad image": Case(failing(400, "invalid_image"), ErrorKind.PROVIDER_INVALID_IMAGE, **STOPS),
}
ELSEWHERE = {ErrorKind.TTFT_TIMEOUT, ErrorKind.CONCURRENCY_LIMIT}


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_follows(vendor: FakeVendor, case: Case, stream: bool) -> None:
    vendor.script("fails", case.script)
    vendor.script("spare", hello)

    async def play() -> None:
        async with scene(vendor.base_url, "key-a", "key-b", first_byte=0.3, idle=0.3) as acme:
            generation = acme.run("acme/fails", "other/spare", request=chat(stream=stream))
            chunks, error = await until_error(generation)

            assert _keys(vendor, "fails") == case.keys
            assert len(vendor.calls("spare")) == case.goes_on
            failed = [each for each in generation.attempts if not each.success]
            assert [each.error_type for each in failed] == [case.kind] * len(case.keys)
            assert all(each.error_message for each in failed)
            observed = [each for each in acme.seen if each.endpoint == "acme/fails"]
            assert tuple(each.outcome for each in observed) == case.outcomes
            assert _rests(observed) == case.rests
            if case.goes_on:
                assert error is None
                assert text(chunks) == "Hello"
                assert generation.endpoint.id == "other/spare"
                assert generation.attempts[-1].success
            else:
                assert isinstance(error, ProviderError)
                assert error.kind is case.kind
                assert chunks == []

    run(play())


def test_every_row_of_the_table_is_tested() -> None:
    assert {case.kind for case in CASES.values()} | ELSEWHERE == set(TABLE)
    providers = {kind for kind in ErrorKind if kind.name.startswith("PROVIDER_")}
    assert set(TABLE) == providers - {ErrorKind.PROVIDER_NOT_FOUND} | ELSEWHERE
    goes_on = {case.kind: case.goes_on for case in CASES.values()}
    assert all((TABLE[kind].then in (Then.STOP, Then.MODEL)) != on for kind, on in goes_on.items())


def _keys(vendor: FakeVendor, model: str) -> str:
    return "".join(call.headers["authorization"][-1] for call in vendor.calls(model))


def _rests(observed: list[Observation]) -> tuple[str, ...]:
    names = {sha256(f"key-{name}".encode()).hexdigest()[:16]: name for name in "ab"}
    return tuple(
        names[each.key] + "*" * each.key_wide + "!" * each.told for each in observed if each.rest_until
    )


def _failure(kind: ErrorKind, number: int, retry_after: int | None = None) -> ProviderError:
    return ProviderError(kind, "acme", str(number), retry_after=retry_after)


LIMIT, QUOTA = ErrorKind.PROVIDER_RATE_LIMIT, ErrorKind.PROVIDER_QUOTA
OVERLOADED, TIMEOUT, MISSING = (
    ErrorKind.PROVIDER_OVERLOADED,
    ErrorKind.PROVIDER_TIMEOUT,
    ErrorKind.PROVIDER_MODEL_NOT_FOUND,
)
Told = tuple[ErrorKind, int | None]
TELLING: dict[str, tuple[list[Told], list[int], tuple[int, int | None]]] = {
    "one": ([(MISSING, None)], [], (0, None)),
    "only limits: the one that ends first": ([(LIMIT, 9), (QUOTA, 3), (LIMIT, 5)], [], (1, 3)),
    "only limits, of which not all say their end": ([(LIMIT, None), (LIMIT, 9)], [], (1, 9)),
    "only limits without an end": ([(LIMIT, None), (LIMIT, None)], [], (0, None)),
    "only limits, and a key that rests for less": ([(LIMIT, 9)], [20, 4], (0, 4)),
    "only limits without an end, and a key that rests": ([(LIMIT, None)], [4], (0, 4)),
    "limits and others: the last that makes unavailable": (
        [(OVERLOADED, None), (TIMEOUT, None), (LIMIT, 3), (MISSING, None)],
        [2],
        (1, None),
    ),
    "none that makes unavailable: a limit": ([(MISSING, None), (LIMIT, 3), (MISSING, None)], [], (1, 3)),
    "neither: the last": ([(MISSING, None), (ErrorKind.PROVIDER_TOO_LARGE, None)], [], (1, None)),
}


@pytest.mark.parametrize(("failures", "rests", "expected"), TELLING.values(), ids=TELLING)
def test_the_most_telling_failure(
    failures: list[Told], rests: list[int], expected: tuple[int, int | None]
) -> None:
    told = most_telling([_failure(kind, place, end) for place, (kind, end) in enumerate(failures)], rests)

    assert (int(told.message), told.retry_after) == expected
