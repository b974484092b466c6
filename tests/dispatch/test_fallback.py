"""A plan is run target by target: what the caller sees of it, and when it ends."""

import asyncio
import time
from collections.abc import Mapping

import msgspec
import pytest

from service.dispatch.question import Questions
from service.errors import ErrorKind, InvalidRequest, ProviderError
from service.settings import MediaSettings
from service.types.facts import Facts, Model
from service.types.fold import fold
from service.types.media import Media
from service.types.metadata import Warning  # noqa: A004 - the contract's word
from service.types.plan import Selection, Target
from service.types.routing_settings import RoutingSettings
from service.upstream.media import MediaFetcher
from tests.asking import ENDPOINT, chat
from tests.dispatch.scene import elapsed, plan, rest, scene, text, until_error
from tests.upstream.calling import run
from tests.upstreams.fake_vendor import (
    DONE,
    FakeVendor,
    Script,
    VendorCall,
    completion,
    delta,
    hello,
    replying,
    streaming,
)

ROLE = delta(role="assistant", content="")
NO = replying({"error": {"message": "no"}}, 500)
REFUSED = replying({"error": {"message": "no", "code": "content_policy_violation"}}, 400)


def script(vendor: FakeVendor, **scripts: Script) -> None:
    for name, what in scripts.items():
        vendor.script(name, what)


def test_nothing_of_a_failed_attempt_is_seen(vendor: FakeVendor) -> None:
    script(vendor, first=streaming(ROLE, delta(content=""), gap=0.02, ends="break"), second=hello)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            generation = acme.run("acme/first", "other/second")
            chunks = await generation.take() or []
            assert any(chunk.has_content for chunk in chunks), "the first that is taken has content"
            chunks += await rest(generation)
            assert text(chunks) == "Hello"
            assert [choice.delta.role for chunk in chunks for choice in chunk.choices].count("assistant") == 1
            assert [each.model for each in generation.attempts] == ["acme/first"] * 2 + ["other/second"]

    run(play())


def test_after_the_first_content_nothing_is_tried_again(vendor: FakeVendor) -> None:
    script(vendor, first=streaming(ROLE, delta(content="Hel"), ends="break"), second=hello)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            generation = acme.run("acme/first", "other/second")
            chunks, error = await until_error(generation)
            assert text(chunks) == "Hel"
            assert isinstance(error, ProviderError)
            assert error.message == "Provider 'acme' broke the connection"
            [attempt] = generation.attempts
            assert (attempt.success, attempt.error_type) == (False, ErrorKind.PROVIDER_UNREACHABLE)
            assert attempt.time_to_first_token_ms is not None

    run(play())
    assert vendor.calls("second") == []


def test_a_whole_answer_without_content_is_an_answer(vendor: FakeVendor) -> None:
    empty = {"choices": [{"index": 0, "message": {"role": "assistant", "content": ""}}]}
    script(vendor, first=replying(empty), second=hello)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            generation = acme.run("acme/first", "other/second", request=chat())
            assert text(await rest(generation)) == ""
            assert [each.success for each in generation.attempts] == [True]

    run(play())


def test_thoughts_that_are_not_shown_are_no_content(vendor: FakeVendor) -> None:
    thoughts = b"".join(delta(reasoning="Hm. ") for _ in range(1000))
    answer = delta(content="Hi") + delta(finish="stop") + DONE
    script(vendor, thinks=streaming(ROLE, thoughts, answer, gap=0.1))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            request = chat(stream=True, reasoning={"exclude": True})
            generation = acme.run("acme/thinks", request=request)
            chunks = await rest(generation)
            assert len(chunks) < 100, "what was held is joined"
            whole = fold(chunks).choices[0]
            assert (whole.delta.role, whole.delta.content, whole.delta.reasoning) == ("assistant", "Hi", None)

    run(play())


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_who_gives_no_content_in_time_is_let_go(vendor: FakeVendor, stream: bool) -> None:
    script(vendor, slow=streaming(ROLE, ends="hang"), quick=hello)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            started = time.monotonic()
            generation = acme.run("acme/slow", "other/quick", request=chat(stream=stream), ttft_timeout=0.3)
            assert text(await rest(generation)) == "Hello"
            assert 0.25 < elapsed(started) < 1
            first, second = generation.attempts
            assert (first.error_type, first.success) == (ErrorKind.TTFT_TIMEOUT, False)
            assert first.error_message == "Provider 'acme' gave no content within 0.3 s"
            assert second.success
            slow = acme.seen[0]
            assert slow.outcome == "none"
            assert slow.at_least == pytest.approx(0.3, abs=0.2)

    run(play())
    assert vendor.call("slow").closed.wait(1)


def test_the_last_one_is_waited_for(vendor: FakeVendor) -> None:
    script(vendor, slow=streaming(ROLE, delta(content="Hi") + delta(finish="stop") + DONE, gap=0.6))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            generation = acme.run("acme/slow", "other/slow", ttft_timeout=0.3)
            assert text(await rest(generation)) == "Hi"
            assert [each.error_type for each in generation.attempts] == [ErrorKind.TTFT_TIMEOUT, None]
        async with scene(vendor.base_url, routing=RoutingSettings(max_attempts=1)) as acme:
            generation = acme.run("acme/slow", "other/slow", ttft_timeout=0.3)
            assert text(await rest(generation)) == "Hi", "no second attempt is allowed"

    run(play())


def test_who_began_in_time_may_take_longer(vendor: FakeVendor) -> None:
    script(vendor, slow=streaming(ROLE + delta(content="Hi"), delta(finish="stop") + DONE, gap=0.6))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            generation = acme.run("acme/slow", "other/hello", ttft_timeout=0.3)
            assert text(await rest(generation)) == "Hi"
            assert len(generation.attempts) == 1

    run(play())


@pytest.mark.parametrize(
    ("members", "streams"),
    [({}, True), ({"modalities": ["text", "audio"]}, False), ({"audio": {"voice": "a"}}, False)],
    ids=["text", "sound", "a voice"],
)
def test_a_stream_is_asked_for_where_the_first_content_must_be_seen(
    vendor: FakeVendor, members: dict[str, object], streams: bool
) -> None:
    script(vendor, asked=hello, last=hello)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            generation = acme.run("acme/asked", "other/last", request=chat(**members), ttft_timeout=1.0)
            assert fold(await rest(generation)).choices[0].delta.content == "Hello"
            generation = acme.run("other/last", request=chat(**members), ttft_timeout=1.0)
            assert text(await rest(generation)) == "Hello"
            assert (acme.seen[0].ttft is not None, acme.seen[0].whole is None) == (streams, streams)

    run(play())
    asked = vendor.call("asked").json
    assert asked.get("stream", False) is streams
    assert asked.get("stream_options") == ({"include_usage": True} if streams else None)
    assert "stream" not in vendor.call("last").json, "the last is asked as the caller asked"


def test_all_attempts_share_one_deadline(vendor: FakeVendor) -> None:
    async def late(call: VendorCall) -> None:
        await asyncio.sleep(0.3)
        await call.reply({"error": {"message": "late"}}, 500)

    script(vendor, late=late, hangs=streaming(ends="hang"), never=hello)

    async def play() -> None:
        async with scene(vendor.base_url, routing=RoutingSettings(deadline_seconds=0.6)) as acme:
            started = time.monotonic()
            generation = acme.run("acme/late", "other/hangs", "acme/never")
            _, error = await until_error(generation)
            assert elapsed(started) == pytest.approx(0.6, abs=0.25)
            assert isinstance(error, ProviderError)
            assert error.kind is ErrorKind.PROVIDER_TIMEOUT
            assert "0.6 s" in error.message
            assert [each.model for each in generation.attempts] == ["acme/late", "other/hangs"]
            assert [each.outcome for each in acme.seen] == ["failed", "none"], "others used up its time"

    run(play())
    assert vendor.calls("never") == []


def test_who_is_silent_for_its_own_limit_is_held_to_it_whoever_came_before(vendor: FakeVendor) -> None:
    script(vendor, no=NO, hangs=streaming(ends="hang"), yes=hello)

    async def play() -> None:
        async with scene(vendor.base_url, first_byte=0.3) as acme:
            assert text(await rest(acme.run("acme/no", "other/hangs", "acme/yes"))) == "Hello"
            assert [each.outcome for each in acme.seen] == ["failed", "failed", "ok"]

    run(play())


def test_no_more_attempts_than_allowed(vendor: FakeVendor) -> None:
    names = [f"no-{number}" for number in range(5)]
    script(vendor, **dict.fromkeys(names, NO))

    async def play() -> None:
        async with scene(vendor.base_url, routing=RoutingSettings(max_attempts=3)) as acme:
            generation = acme.run(*(f"acme/{name}" for name in names))
            _, error = await until_error(generation)
            assert isinstance(error, ProviderError)
            assert error.message == (
                "Stopped after 3 attempts (routing.max_attempts); not asked: 'acme/no-3', 'acme/no-4'. "
                "Provider 'acme' answered 500: no"
            )
            assert (error.provider, error.status) == ("acme", 500)
            assert len(generation.attempts) == 3

    run(play())
    assert [len(vendor.calls(name)) for name in names] == [1, 1, 1, 0, 0]


def test_a_refusal_goes_to_the_next_model_where_refusals_fall_over(vendor: FakeVendor) -> None:
    script(vendor, refuses=REFUSED, same=hello, agrees=hello)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            targets = [
                Target(acme.endpoint("acme/refuses")),
                Target(acme.endpoint("other/same")),
                Target(acme.endpoint("other/agrees"), 1),
            ]
            generation = acme.start_plan(plan(targets, chat(stream=True), refusals_fall_over=True))
            assert text(await rest(generation)) == "Hello"
            assert [each.model for each in generation.attempts] == ["acme/refuses", "other/agrees"]

    run(play())


def test_in_a_pool_a_refusal_goes_to_any_other_model(vendor: FakeVendor) -> None:
    script(vendor, refuses=REFUSED, same=hello, agrees=hello)

    def of(model: str) -> Facts:
        return Facts(model=Model(id=model))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            targets = [
                Target(msgspec.structs.replace(acme.endpoint(id_), facts=of(model)))
                for id_, model in (("acme/refuses", "a/x"), ("other/same", "a/x"), ("other/agrees", "a/y"))
            ]
            pool = Selection(reading="auto", requested="auto")
            generation = acme.start_plan(plan(targets, chat(), selection=pool, refusals_fall_over=True))
            assert text(await rest(generation)) == "Hello"
            assert [each.model for each in generation.attempts] == ["acme/refuses", "other/agrees"]

    run(play())


def test_what_cannot_be_read_is_no_attempt(vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise InvalidRequest([])

    monkeypatch.setattr("service.dialects.openai.encode", broken)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            generation = acme.run("acme/hello", "other/hello")
            _, error = await until_error(generation)
            assert isinstance(error, InvalidRequest)
            assert generation.attempts == []
            assert generation.endpoint.id == "acme/hello"
            assert acme.seen == []

    run(play())


def test_at_the_limit_of_a_provider_others_are_asked(vendor: FakeVendor) -> None:
    script(vendor, busy=streaming(delta(content="x"), ends="hang"), free=hello)

    async def play() -> None:
        async with scene(vendor.base_url, max_concurrent=1) as acme:
            slow = acme.run("acme/busy")
            await slow.take()
            generation = acme.run("acme/free", "acme/hello", "other/free")
            assert text(await rest(generation)) == "Hello"
            first, second = generation.attempts
            assert (first.model, first.error_type) == ("acme/free", ErrorKind.CONCURRENCY_LIMIT)
            assert second.model == "other/free"
            assert [each.outcome for each in acme.seen] == ["none", "ok"]
            await slow.aclose()
            assert text(await rest(acme.run("acme/free"))) == "Hello", "the place is free again"

    run(play())


def test_a_message_is_told_short_and_without_secrets(vendor: FakeVendor) -> None:
    script(vendor, says=replying({"error": {"message": "key very-own-key " + "x" * 1000}}, 400))

    async def play() -> None:
        async with scene(vendor.base_url, "very-own-key") as acme:
            generation = acme.run("acme/says")
            await until_error(generation)
            [attempt] = generation.attempts
            assert attempt.error_message
            assert attempt.error_message.startswith("Provider 'acme' answered 400: key [redacted] xxx")
            assert len(attempt.error_message) == 301

    run(play())


def test_what_is_dropped_is_told_of_the_one_who_answers(vendor: FakeVendor) -> None:
    script(vendor, no=NO, yes=hello)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            quirks = msgspec.structs.replace(acme.endpoint("acme/no").quirks, dropped=("seed",))
            targets = [
                Target(msgspec.structs.replace(acme.endpoint(id_), quirks=quirks), place)
                for place, id_ in enumerate(("acme/no", "other/yes"))
            ]
            generation = acme.start_plan(plan(targets, chat(seed=1)))
            await rest(generation)
            assert [(each.param, each.model) for each in generation.warnings] == [("seed", "other/yes")]

    run(play())


def test_what_the_plan_warns_of_is_told_first(vendor: FakeVendor) -> None:
    script(vendor, yes=hello)
    warning = Warning(param="ignore", model="", reason="no provider is called 'nobody'")

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            endpoint = acme.endpoint("acme/yes")
            quirks = msgspec.structs.replace(endpoint.quirks, dropped=("seed",))
            targets = [Target(msgspec.structs.replace(endpoint, quirks=quirks))]
            generation = acme.start_plan(plan(targets, chat(seed=1), warnings=(warning,)))
            assert generation.warnings == [warning], "before anybody was asked"
            await rest(generation)
            assert [each.param for each in generation.warnings] == ["ignore", "seed"]

    run(play())


def test_a_target_may_be_asked_something_of_its_own(vendor: FakeVendor) -> None:
    script(vendor, own_no=NO, own_yes=hello)

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            targets = [
                Target(acme.endpoint("acme/own_no")),
                Target(acme.endpoint("other/own_yes"), 1, chat(stream=True)),
            ]
            generation = acme.start_plan(plan(targets, chat()))
            assert text(await rest(generation)) == "Hello"
            assert acme.seen[1].ttft is not None, "its answer is read by what it was asked"

    run(play())
    assert "stream" not in vendor.call("own_no").json
    assert vendor.call("own_yes").json["stream"] is True


def test_the_same_endpoint_may_be_asked_differently() -> None:
    questions = Questions(_Counting())

    async def play() -> list[bytes]:
        bodies = []
        for request in (chat(seed=1), chat(seed=2), chat(seed=1)):
            question = await questions.to(ENDPOINT, request, streamed=False)
            assert await questions.to(ENDPOINT, request, streamed=False) is question
            bodies.append(question.outgoing.body)
        return bodies

    first, second, third = run(play())
    assert first == third != second


class _Counting(MediaFetcher):
    def __init__(self) -> None:
        super().__init__(MediaSettings())
        self.fetched: list[str] = []

    async def fetch(self, urls: Mapping[str, str]) -> Mapping[str, Media]:
        self.fetched += urls
        return {url: Media("image/png", "aGk=") for url in urls}


def test_links_are_fetched_once_and_only_for_whom_they_must_be() -> None:
    link = "https://pictures.test/a.png"
    content = [{"type": "image_url", "image_url": {"url": link}}]
    request = chat(messages=[{"role": "user", "content": content}])
    media = _Counting()
    questions = Questions(media)

    async def play() -> list[bool]:
        asked = []
        for dialect in ("bedrock", "openai", "bedrock"):
            endpoint = msgspec.structs.replace(ENDPOINT, dialect=dialect, model=f"{dialect}-m")
            question = await questions.to(endpoint, request, streamed=False)
            asked.append(link.encode() in question.outgoing.body)
        return asked

    assert run(play()) == [False, True, False]
    assert media.fetched == [link]


@pytest.mark.parametrize("whole", [completion(), completion(None)], ids=["text", "nothing"])
def test_a_whole_answer_to_a_stream_that_was_our_wish(vendor: FakeVendor, whole: dict[str, object]) -> None:
    script(vendor, json=replying(whole))

    async def play() -> None:
        async with scene(vendor.base_url) as acme:
            generation = acme.run("acme/json", "other/hello", request=chat(), ttft_timeout=1.0)
            assert fold(await rest(generation)).choices[0].finish_reason == "stop"
            assert len(generation.attempts) == 1

    run(play())
