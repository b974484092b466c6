"""A router of a test's own, with models of its own behind it."""

import itertools
import json
from typing import Any

from tests.routers.doors import Answer, Door
from tests.upstreams.fake_vendor import FakeVendor, Script, hello

CONFIG = """
[server]
workers = 2

[providers.fake]
dialect = "openai"
base_url = "{base_url}"

[providers.spare]
dialect = "openai"
base_url = "{base_url}"
"""
_numbers = itertools.count(1)


class RouterScene:
    """Names are this scene's own; `a`, `b` and `c` stand for models that answer."""

    def __init__(self, door: Door, vendor: FakeVendor) -> None:
        self.door = door
        self.vendor = vendor
        number = next(_numbers)
        self.name = f"router-{number}"
        self.models = {letter: f"m{number}-{letter}" for letter in "abc"}
        for model in self.models.values():
            vendor.script(model, hello)

    def model(self, letter: str) -> str:
        """The id of one of the models."""
        return f"fake/{self.models[letter]}"

    def plays(self, letter: str, script: Script) -> None:
        """Lets a model do something else than answer."""
        self.vendor.script(self.models[letter], script)

    def variant(self, letter: str, weight: float = 100, **members: Any) -> dict[str, Any]:
        """A variant of the name of its model."""
        variant = {"variant_id": letter, "model_id": self.model(letter), **members}
        return {"variant": variant, "weight": weight}

    def route(self, route_id: str, *variants: dict[str, Any]) -> dict[str, Any]:
        """A route."""
        return {"route_id": route_id, "variants": list(variants)}

    def when(self, expression: str, route: dict[str, Any]) -> dict[str, Any]:
        """A route with a condition."""
        return {"route": route, "condition": {"cel_expression": expression}}

    def router(self, **members: Any) -> dict[str, Any]:
        """A router that sends everything to `a`, unless it is told otherwise."""
        plain = {"name": self.name, "default_route": self.route("default", self.variant("a"))}
        return {key: value for key, value in (plain | members).items() if value is not None}

    def saved(self, **members: Any) -> str:
        """Creates the router; gives the model to ask for."""
        operation = self.door.create(self.router(**members))
        assert operation["done"] is True
        return f"inworld/{self.name}"

    def chosen(self, answer: Answer) -> tuple[str, str]:
        """The route and the variant of an answer."""
        return answer.metadata["route_id"], answer.metadata["variant_id"]

    def sent(self, letter: str = "a") -> dict[str, Any]:
        """The body that reached the vendor last."""
        body: dict[str, Any] = json.loads(self.vendor.calls(self.models[letter])[-1].body)
        return body
