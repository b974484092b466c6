"""Whatever vendors do, in whatever order: one whole good answer of one target, or an error."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.dispatch.generation import Generation
from service.errors import PointsmanError
from service.types.chunk import Chunk
from service.types.fold import fold
from service.types.routing_settings import RoutingSettings
from tests.asking import chat
from tests.dispatch.scene import scene, until_error
from tests.upstream.calling import run
from tests.upstreams.fake_vendor import (
    DONE,
    FakeVendor,
    Script,
    VendorCall,
    completion,
    delta,
    event,
    replying,
    streaming,
)

ROLE = delta(role="assistant", content="")


def _error(status: int, code: str | None = None, **headers: str) -> Script:
    return replying({"error": {"message": "no", "code": code}}, status, **headers)


async def _answers(call: VendorCall) -> None:
    """Says whose answer it is, in two words."""
    name = call.json["model"]
    if call.json.get("stream"):
        words = delta(content=f"<{name}") + delta(content=">") + delta(finish="stop")
        await call.start()
        await call.send(ROLE + words + DONE)
    else:
        await call.reply(completion(f"<{name}>"))


async def _gives_half(call: VendorCall) -> None:
    await call.start()
    await call.send(ROLE + delta(content=f"<{call.json['model']}"))
    await call.break_off()


BEHAVIOURS: dict[str, Script] = {
    "answers": _answers,
    "half": _gives_half,
    "limit": _error(429),
    "limit with its end": _error(429, retry_after="9"),
    "refused key": _error(401),
    "failure": _error(500),
    "overload": _error(503, retry_after="9"),
    "missing": _error(404),
    "too long": _error(400, "context_length_exceeded"),
    "bad request": _error(400),
    "policy": _error(400, "content_policy_violation"),
    "break": streaming(ROLE, ends="break"),
    "garbage": streaming(ROLE, b"data: {\n\n"),
    "nothing": streaming(),
    "error in the stream": streaming(ROLE, event(error={"message": "no", "type": "server_error"})),
    "no answer": replying(b""),
}
_numbers = itertools.count()


class World(NamedTuple):
    """Targets: at which provider, and what the vendor does the first time, the second time, ..."""

    targets: list[tuple[str, list[str]]]
    keys: int
    most: int
    stream: bool
    refusals: bool


WORLDS = st.builds(
    World,
    st.lists(
        st.tuples(
            st.sampled_from(["acme", "acme", "other", "gone"]),
            st.lists(st.sampled_from(list(BEHAVIOURS)), min_size=1, max_size=4),
        ),
        min_size=1,
        max_size=5,
    ),
    st.integers(1, 3),
    st.integers(1, 8),
    st.booleans(),
    st.booleans(),
)


def _script(behaviours: Sequence[str]) -> Script:
    turns: Iterator[str] = itertools.chain(behaviours, itertools.repeat(behaviours[-1]))

    async def script(call: VendorCall) -> None:
        await BEHAVIOURS[next(turns)](call)

    return script


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORLDS)
def test_one_whole_answer_or_an_error(vendor: FakeVendor, world: World) -> None:
    names = [f"any-{next(_numbers)}" for _ in world.targets]
    for name, (_, behaviours) in zip(names, world.targets, strict=True):
        vendor.script(name, _script(behaviours))
    ids = [f"{provider}/{name}" for (provider, _), name in zip(world.targets, names, strict=True)]

    async def play() -> tuple[Generation, list[Chunk], Exception | None]:
        keys = [f"key-{number}" for number in range(world.keys)]
        async with scene(vendor.base_url, *keys, routing=RoutingSettings(max_attempts=world.most)) as acme:
            request = chat(stream=world.stream)
            generation = acme.run(*ids, request=request, refusals_fall_over=world.refusals)
            chunks, error = await until_error(generation)
            assert len(acme.seen) == len(generation.attempts)
            return generation, chunks, error

    generation, chunks, error = run(play())
    asked = [each.model for each in generation.attempts]
    assert 1 <= len(asked) <= world.most
    first_calls = list(dict.fromkeys(asked))
    assert first_calls == sorted(first_calls, key=ids.index), "in the plan's order, as no key rested before"
    called = sum(len(vendor.calls(name)) for name in names)
    assert called == sum(not each.startswith("gone/") for each in asked), "each attempt is one call"
    answered = [each.success for each in generation.attempts]
    whole = fold(chunks)
    said = whole.choices[0].delta.content if whole.choices else None
    last = asked[-1].partition("/")[2]
    if error is None:
        assert answered == [False] * (len(asked) - 1) + [True]
        assert said == f"<{last}>"
        assert whole.choices[0].finish_reason == "stop"
        assert generation.endpoint.id == asked[-1]
    else:
        assert isinstance(error, PointsmanError)
        assert not any(answered)
        assert said in (None, f"<{last}"), "of an answer that broke off, what there was"
        assert all(each.error_type and each.error_message for each in generation.attempts)


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_every_behaviour_is_what_it_says(vendor: FakeVendor, name: str) -> None:
    vendor.script("alone", _script([name]))

    async def play() -> Exception | None:
        async with scene(vendor.base_url) as acme:
            return (await until_error(acme.run("acme/alone")))[1]

    assert (run(play()) is None) == (name == "answers")
