"""Keys that rest are passed over; who asked to be left alone is."""

from typing import Any

import pytest

from service.dispatch.keys import fingerprints_of
from service.errors import ErrorKind, ProviderError
from service.providers.provider import Provider
from service.types.account import Account, AwsAccount, GoogleAccount
from service.types.observation import Observation
from service.types.routing_settings import RoutingSettings
from service.types.secret import Secret
from tests.dispatch.scene import Scene, rest, scene, text, until_error
from tests.upstream.calling import run
from tests.upstreams.fake_vendor import FakeVendor, VendorCall, hello, replying


def limiting(*keys: str, **headers: str) -> Any:
    """A vendor who answers 429 to these keys."""

    async def script(call: VendorCall) -> None:
        if _key(call) in keys:
            await call.reply({"error": {"message": "slow down"}}, 429, **headers)
        else:
            await hello(call)

    return script


def _key(call: VendorCall) -> str:
    return call.headers.get("authorization", "").removeprefix("Bearer ")


def _keys(vendor: FakeVendor, model: str) -> list[str]:
    return [_key(call) for call in vendor.calls(model)]


async def _ask(acme: Scene, *ids: str) -> tuple[str, Exception | None]:
    chunks, error = await until_error(acme.run(*ids))
    return text(chunks), error


def test_a_key_that_rests_is_passed_over(vendor: FakeVendor) -> None:
    vendor.script("limits", limiting("a"))

    async def play() -> None:
        async with scene(vendor.base_url, "a", "b") as acme:
            for _ in range(3):
                assert await _ask(acme, "acme/limits") == ("Hello", None)

    run(play())
    assert _keys(vendor, "limits") == ["a", "b", "b", "b"]


def test_a_limit_is_one_endpoints_and_a_refused_key_a_whole_providers(vendor: FakeVendor) -> None:
    async def refuses(call: VendorCall) -> None:
        await (call.reply({"error": {"message": "who?"}}, 401) if _key(call) == "b" else hello(call))

    vendor.script("limits", limiting("a"))
    vendor.script("refuses", refuses)
    vendor.script("neighbour", hello)

    async def play() -> None:
        async with scene(vendor.base_url, "a", "b") as acme:
            await _ask(acme, "acme/limits")  # a is limited, b answers
            await _ask(acme, "acme/refuses")  # b is refused, a answers
            for _ in range(2):
                await _ask(acme, "acme/neighbour")

    run(play())
    assert _keys(vendor, "refuses") == ["b", "a"]
    assert _keys(vendor, "neighbour") == ["a", "a"]


def test_who_rests_by_our_guess_is_asked_when_nothing_else_is_left(vendor: FakeVendor) -> None:
    vendor.script("limits", limiting("a"))
    vendor.script("fails", replying({"error": {"message": "no"}}, 500))
    vendor.script("spare", hello)

    async def play() -> None:
        async with scene(vendor.base_url, "a") as acme:
            await _ask(acme, "acme/limits")
            assert await _ask(acme, "acme/limits", "other/spare") == ("Hello", None)
            assert len(vendor.calls("limits")) == 1, "there was somebody else"
            _, error = await until_error(generation := acme.run("acme/limits", "other/fails"))
            assert [each.model for each in generation.attempts] == ["other/fails", "acme/limits"]
            assert isinstance(error, ProviderError)
            assert error.kind is ErrorKind.PROVIDER_FAILURE

    run(play())


def test_who_asked_to_be_left_alone_is_not_asked(vendor: FakeVendor) -> None:
    vendor.script("limits", limiting("", "a", retry_after="30"))
    vendor.script("also", limiting("", "a", retry_after="9"))

    async def play() -> None:
        async with scene(vendor.base_url, "a") as acme:
            _, error = await _ask(acme, "acme/limits", "other/also")
            assert isinstance(error, ProviderError)
            assert (error.kind, error.retry_after) == (ErrorKind.PROVIDER_RATE_LIMIT, 9)
            generation = acme.run("acme/limits", "other/also")
            _, error = await until_error(generation)
            assert isinstance(error, ProviderError)
            assert (error.kind, error.provider) == (ErrorKind.PROVIDER_RATE_LIMIT, "other")
            assert error.retry_after
            assert 7 <= error.retry_after <= 9
            assert error.message.startswith("Nobody was asked: 'acme' asked for a pause (Retry-After), ")
            assert generation.attempts == []

    run(play())
    assert (len(vendor.calls("limits")), len(vendor.calls("also"))) == (1, 1)


def test_no_provider_rests_longer_than_the_operator_wants(vendor: FakeVendor) -> None:
    vendor.script("limits", limiting("a", retry_after="3600"))

    async def play() -> None:
        async with scene(vendor.base_url, "a", routing=RoutingSettings(max_rest_seconds=7)) as acme:
            _, error = await _ask(acme, "acme/limits")
            assert isinstance(error, ProviderError)
            assert error.retry_after == 3600, "the caller learns what the provider said"
            [seen] = acme.seen
            assert seen.rest_until - seen.at == pytest.approx(7)

    run(play())


def test_who_says_that_it_may_be_asked_at_once_is(vendor: FakeVendor) -> None:
    vendor.script("limits", limiting("a", retry_after="0"))

    async def play() -> None:
        async with scene(vendor.base_url, "a") as acme:
            for _ in range(2):
                await _ask(acme, "acme/limits")

    run(play())
    assert len(vendor.calls("limits")) == 2


def test_while_a_target_can_go_on_only_to_who_rests_it_is_waited_for(vendor: FakeVendor) -> None:
    vendor.script("limits", limiting("", retry_after="30"))
    vendor.script("slow", hello)

    async def play() -> None:
        async with scene(vendor.base_url, "a") as acme:
            await _ask(acme, "other/limits")
            generation = acme.run("acme/slow", "other/limits", ttft_timeout=0.000001)
            assert text(await rest(generation)) == "Hello"

    run(play())


ACCOUNTS: dict[str, Account | None] = {
    "none": None,
    "AWS keys": AwsAccount(region="here", access_key_id="id", secret_access_key=Secret("s")),
    "AWS machine": AwsAccount(region="here"),
    "Google file": GoogleAccount(credentials_file="/a"),
    "Google token": GoogleAccount(access_token=Secret("t")),
}


def test_every_account_has_a_fingerprint_of_its_own() -> None:
    prints = {
        name: fingerprints_of(Provider(name="p", dialect="openai", base_url="http://x.test", account=account))
        for name, account in ACCOUNTS.items()
    }

    assert all(len(each) == 1 and len(each[0]) == 16 for each in prints.values())
    assert len({each[0] for each in prints.values()}) == len(ACCOUNTS)


def test_observations_never_hold_a_key(vendor: FakeVendor) -> None:
    vendor.script("limits", limiting("very-own-key"))

    async def play() -> list[Observation]:
        async with scene(vendor.base_url, "very-own-key") as acme:
            await _ask(acme, "acme/limits")
            return acme.seen

    [seen] = run(play())
    assert seen.key
    assert "very-own-key" not in repr(seen)
