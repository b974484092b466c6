"""What a router's templates say is no part of anybody's conversation: callers are spread as ever."""

from typing import Any

from service.routing.conversation import Conversation
from service.routing.saved.evaluation import decide
from service.types.flavour import OPENAI
from tests.routing.saved.routers import compiled, planner, route, saved, variant
from tests.routing.scene import NOW, request

SHOTS = [
    {"role": "system", "content": "You sort letters."},
    {"role": "user", "content": "b a"},
    {"role": "assistant", "content": "a b"},
]
ROUTER: dict[str, Any] = {"default_route": route("d", variant("v", model_id="a", message_templates=SHOTS))}


def conversation(*messages: dict[str, Any]) -> Conversation:
    asked = request(OPENAI, model="inworld/desk", messages=list(messages))
    decision = decide(compiled(**ROUTER), asked, NOW, lambda: 0.5)
    choice = planner(saved(**ROUTER)).choose(decision.request, OPENAI, NOW, decision=decision)
    assert choice.conversation
    return choice.conversation


def test_each_first_question_opens_one_of_its_own() -> None:
    first = conversation({"role": "user", "content": "d c"})
    other = conversation({"role": "user", "content": "f e"})

    assert first.key != other.key
    assert not first.settled


def test_it_goes_on_when_the_model_has_spoken() -> None:
    opening = {"role": "user", "content": "d c"}
    first = conversation(opening)

    again = conversation(opening, {"role": "assistant", "content": "c d"}, {"role": "user", "content": "f e"})

    assert again.key == first.key
    assert again.settled
