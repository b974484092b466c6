"""What is worth a warning when a router is saved: it is kept, and will not work as things are."""

from collections.abc import Callable, Iterator

import msgspec

from service.errors import InvalidRequest, NotServed
from service.providers.directory import Directory
from service.routing.names import Meant, resolve, resolve_pool_entry
from service.types.flavour import OPENAI, Flavour
from service.types.saved_router import GenerationConfig, MessageTemplate, Route, SavedRouter, Variant

_NOT_YET = "nothing serves this yet"
_REFUSED = f"{_NOT_YET}: a request that gets it is refused"
_UNSERVED_REASONING = ("context", "mode")


class Warned(msgspec.Struct, frozen=True):
    """One member by its path, and what is the matter with it."""

    field: str
    description: str


def warnings_of(router: SavedRouter, directory: Directory) -> list[Warned]:
    """Everything that is worth one, in the order of the document."""
    found: list[Warned] = []
    if router.defaults:
        defaults = router.defaults
        found += _of_templates(defaults.message_templates, "defaults")
        found += _of_config(defaults.text_generation_config, "defaults")
        if defaults.optimize_prompt:
            found.append(Warned("defaults.optimize_prompt", f"{_NOT_YET}: it does nothing"))
    for route, path in _routes(router):
        for place, weighted in enumerate(route.variants):
            found += _of_variant(weighted.variant, f"{path}.variants[{place}].variant", directory)
    return found


def _routes(router: SavedRouter) -> Iterator[tuple[Route, str]]:
    for place, each in enumerate(router.routes):
        yield each.route, f"routes[{place}].route"
    if router.default_route:
        yield router.default_route, "default_route"


def _of_variant(variant: Variant, path: str, directory: Directory) -> Iterator[Warned]:
    yield from _of_models(variant, path, directory)
    yield from _of_config(variant.text_generation_config, path)
    yield from _of_templates(variant.message_templates, path)
    for name in ("web_search", "compression"):
        if getattr(variant, name) is not None:
            yield Warned(f"{path}.{name}", _REFUSED)


def _of_models(variant: Variant, path: str, directory: Directory) -> Iterator[Warned]:
    yield from _of_name(variant.model_id, f"{path}.model_id", directory, resolve)
    selection = variant.model_selection
    if selection is None:
        return
    read = resolve_pool_entry if _is_auto(variant.model_id, directory) else resolve
    for place, name in enumerate(selection.models or ()):
        yield from _of_name(name, f"{path}.model_selection.models[{place}]", directory, read)


def _of_name(
    name: str, path: str, directory: Directory, read: Callable[[str, Directory, Flavour], Meant]
) -> Iterator[Warned]:
    try:
        read(name, directory, OPENAI)
    except InvalidRequest as error:
        yield Warned(path, f"nobody serves it now: {error.violations[0].description}")
    except NotServed as error:
        yield Warned(path, error.why or error.message)


def _is_auto(name: str, directory: Directory) -> bool:
    try:
        return resolve(name, directory, OPENAI).auto
    except (InvalidRequest, NotServed):
        return False


def _of_config(config: GenerationConfig | None, path: str) -> Iterator[Warned]:
    reasoning = config and config.reasoning
    for name in _UNSERVED_REASONING if reasoning else ():
        if getattr(reasoning, name) is not None:
            yield Warned(f"{path}.text_generation_config.reasoning.{name}", _REFUSED)


def _of_templates(templates: list[MessageTemplate] | None, path: str) -> Iterator[Warned]:
    for place, template in enumerate(templates or ()):
        if template.compression is not None:
            yield Warned(f"{path}.message_templates[{place}].compression", _REFUSED)
