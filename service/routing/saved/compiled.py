"""A saved router made ready to be evaluated, once nothing is wrong with it. Pure (Inworld 4.2)."""

import math
from collections.abc import Iterator, Sequence

import msgspec

from service.errors import InvalidRequest, Violation
from service.routing.names import router_named
from service.routing.saved import document, texts
from service.routing.saved.conditions import Conditions
from service.routing.saved.salvage import follows, salvaged
from service.routing.saved.templates import Prompt, prompt_of
from service.types.saved_router import (
    MAX_DOCUMENT,
    MAX_EXPRESSIONS,
    Defaults,
    GenerationConfig,
    Route,
    SavedRouter,
    Variant,
)

_WHOLE = 100
_TOLERANCE = 1e-9
_NO_DEFAULTS = Defaults()
# Of a variant's thinking, what nothing serves yet.
_UNSERVED_REASONING = ("context", "mode")


class CompiledVariant(msgspec.Struct, frozen=True, kw_only=True):
    """A variant with what it takes from the router's defaults.

    `unserved` are members of it that nothing serves yet.
    """

    variant: Variant
    config: GenerationConfig | None
    prompt: Prompt
    unserved: tuple[str, ...]


class CompiledRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A route; `condition` is the place of its condition, None for the default."""

    route_id: str
    condition: int | None
    variants: tuple[CompiledVariant, ...]
    weights: tuple[float, ...]


class CompiledRouter(msgspec.Struct, frozen=True, kw_only=True):
    """A router; its routes are in the order in which they are looked at, the default last."""

    router: SavedRouter
    routes: tuple[CompiledRoute, ...]
    conditions: Conditions

    @property
    def name(self) -> str:
        """Its name."""
        return self.router.name


def compile_router(router: SavedRouter) -> CompiledRouter:
    """Makes a router ready. Raises `InvalidRequest` with everything that is wrong with what it means."""
    faults: list[Violation] = []
    expressions = {
        f"routes[{place}].condition.cel_expression": each.condition.cel_expression
        for place, each in enumerate(router.routes)
    }
    length = sum(map(len, expressions.values()))
    if length > MAX_EXPRESSIONS:
        fault = f"have conditions of {length} characters in all; at most {MAX_EXPRESSIONS} are allowed"
        raise InvalidRequest([Violation("routes", fault)])
    conditions = Conditions(expressions)
    faults += conditions.faults
    defaults = router.defaults or _NO_DEFAULTS
    shared = prompt_of(defaults.message_templates, "defaults.message_templates", faults)
    routes = list(_routes(router))
    if not routes:
        faults.append(Violation("", "at least one route or a default route is required"))
    faults += _repeated([(f"{path}.route_id", route.route_id) for route, _, path in routes])
    compiled = []
    for route, condition, path in routes:
        faults += _weight_faults(route, path)
        faults += _repeated(
            [
                (f"{path}.variants[{place}].variant.variant_id", each.variant.variant_id)
                for place, each in enumerate(route.variants)
            ]
        )
        variants = []
        for place, weighted in enumerate(route.variants):
            at = f"{path}.variants[{place}].variant"
            faults += _variant_faults(weighted.variant, at)
            variants.append(_variant(weighted.variant, at, router, shared, faults))
        compiled.append(
            CompiledRoute(
                route_id=route.route_id,
                condition=condition,
                variants=tuple(variants),
                weights=tuple(each.weight for each in route.variants),
            )
        )
    if faults:
        raise InvalidRequest(faults)
    return CompiledRouter(router=router, routes=tuple(compiled), conditions=conditions)


def checked(data: bytes) -> CompiledRouter:
    """Reads a document and makes it ready.

    Raises `InvalidRequest` with everything that is wrong with its shape, and with what the rest of it means.
    """
    if len(data) > MAX_DOCUMENT:
        raise InvalidRequest([Violation("", f"has {len(data)} bytes; at most {MAX_DOCUMENT} are allowed")])
    members, faults = document.spelt(data)
    router, wrong = salvaged(members)
    # What stands there instead is not judged.
    replaced = {each.field for each in faults if texts.FAULT in each.description}
    faults += [each for each in wrong if each.field not in replaced]
    if router and not faults:
        return compile_router(router)
    if router:
        try:
            compile_router(router)
        except InvalidRequest as error:
            paths = [each.field for each in faults]
            faults += [each for each in error.violations if not follows(each, paths)]
    raise InvalidRequest(faults)


def _routes(router: SavedRouter) -> Iterator[tuple[Route, int | None, str]]:
    for place, each in enumerate(router.routes):
        yield each.route, place, f"routes[{place}].route"
    if router.default_route:
        yield router.default_route, None, "default_route"


def _repeated(ids: Sequence[tuple[str, str]]) -> Iterator[Violation]:
    first: dict[str, str] = {}
    for path, name in ids:
        if name in first:
            yield Violation(path, f"'{name}' is taken by {first[name]}")
        first.setdefault(name, path)


def _weight_faults(route: Route, path: str) -> Iterator[Violation]:
    total = math.fsum(each.weight for each in route.variants)
    if abs(total - _WHOLE) > _TOLERANCE:
        yield Violation(f"{path}.variants", f"weights must sum to {_WHOLE}, got {total:.12g}")


def _variant_faults(variant: Variant, path: str) -> Iterator[Violation]:
    if variant.web_search is not None and variant.web_search_options is not None:
        yield Violation(path, "web_search cannot be combined with web_search_options")
    if router_named(variant.model_id) is not None:
        yield Violation(f"{path}.model_id", f"'{variant.model_id}' names a saved router; name a model")
    selection = variant.model_selection
    for place, name in enumerate((selection and selection.models) or ()):
        if router_named(name) is not None:
            at = f"{path}.model_selection.models[{place}]"
            yield Violation(at, f"'{name}' names a saved router; name a model")


def _variant(
    variant: Variant, path: str, router: SavedRouter, shared: Prompt, faults: list[Violation]
) -> CompiledVariant:
    defaults = router.defaults or _NO_DEFAULTS
    config = variant.text_generation_config
    config = defaults.text_generation_config if config is None else config
    own, prompt = variant.message_templates, shared
    if own is not None:
        prompt = prompt_of(own, f"{path}.message_templates", faults)
    else:
        own = defaults.message_templates
    unserved = [name for name in ("web_search", "compression") if getattr(variant, name) is not None]
    if any(each.compression is not None for each in own or ()):
        unserved.append("message_templates.compression")
    unserved += [
        f"text_generation_config.reasoning.{name}"
        for name in _UNSERVED_REASONING
        if config and config.reasoning and getattr(config.reasoning, name) is not None
    ]
    return CompiledVariant(variant=variant, config=config, prompt=prompt, unserved=tuple(unserved))
