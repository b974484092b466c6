"""What keeps an endpoint from serving a request, rule by rule. Pure.

A restriction is passed only by what is known to pass it: unknown prices, data policies and quantizations do
not. An ability is missing only where it is known to be missing, and never where the caller named the endpoint
himself: its vendor judges.
"""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from service.dialects import DIALECTS
from service.dialects.supported import NAMES, supported_parameters
from service.errors import Violation
from service.routing.entries import Entry
from service.routing.needs import SCHEMA, TOOLS, Needs, inputs
from service.routing.rows import Row, at_size
from service.routing.wishes import Wishes
from service.types.chat_request import ChatRequest
from service.types.price import Price
from service.types.routing_options import MaxPrice, ProviderPreferences
from service.types.upstream import Endpoint

# A filter for the plain kind takes its variants too (OpenRouter A5).
_WIDER = {"fp4": ("mxfp4", "nvfp4"), "fp8": ("mxfp8",)}
_PRICED = ("prompt", "completion", "image", "audio", "request")


class Exclusion(msgspec.Struct, frozen=True):
    """Why one endpoint is left out.

    `rule` names the rule, in OpenRouter's words where it has one (A10.4 `excluded_by`); `field` is the part
    of the request that it comes from.
    """

    endpoint: str
    rule: str
    field: str
    reason: str

    @property
    def violation(self) -> Violation:
        """As part of an error."""
        return Violation(self.field, self.reason)


def exclusions(
    row: Row, entry: Entry, needs: Needs, wishes: Wishes, *, pinned: bool, spared: bool
) -> Iterator[Exclusion]:
    """Everything that speaks against an endpoint; the first is enough to leave it out.

    `entry` is the name that it is asked by. `pinned` is whether the caller named it himself, `spared` whether
    it is the very model that he asked for.
    """
    endpoint, request = row.endpoint, entry.request
    yield from _unwanted(endpoint, wishes, spared=spared)
    yield from _restricted(endpoint, needs, wishes)
    yield from _without_suffix(endpoint, needs, entry)
    for obstacle in DIALECTS[endpoint.dialect].obstacles(request, endpoint):
        yield Exclusion(endpoint.id, "wire_format", obstacle.field, obstacle.description)
    if not pinned:
        if row.lacks & needs.abilities:
            yield from _unable(row, request, needs)
        yield from _too_small(row, needs)
    if wishes.provider.require_parameters:
        yield from _without_parameters(endpoint, request)


def _unwanted(endpoint: Endpoint, wishes: Wishes, *, spared: bool) -> Iterator[Exclusion]:
    """What the caller said of providers and models (Inworld 2.5, OpenRouter A5)."""
    name = endpoint.id
    if not spared and wishes.ignored and wishes.ignored.match(endpoint):
        yield Exclusion(name, "ignore", "ignore", f"'{name}' is ignored")
    if wishes.refused and wishes.refused.match(endpoint):
        yield Exclusion(name, "ignore", "provider.ignore", f"'{name}' is ignored")
    if wishes.only and not wishes.only.match(endpoint):
        yield Exclusion(
            name, "allowed_providers", "provider.only", f"'{name}' is none of the allowed providers"
        )
    if wishes.closed and wishes.order and not wishes.order.match(endpoint):
        yield Exclusion(name, "allowed_providers", "provider.order", f"'{name}' is not in the order")


def _restricted(endpoint: Endpoint, needs: Needs, wishes: Wishes) -> Iterator[Exclusion]:
    """Policies and prices."""
    name, facts, provider = endpoint.id, endpoint.facts, wishes.provider
    if provider.zdr and facts.zdr is not True:
        yield Exclusion(name, "data_policy:zdr", "provider.zdr", f"'{name}' is not known to retain nothing")
    if provider.data_collection == "deny" and facts.trains is not False:
        reason = f"'{name}' is not known to keep requests out of training"
        yield Exclusion(name, "data_policy:training", "provider.data_collection", reason)
    if provider.enforce_distillable_text:
        reason = f"nothing is known of whether the answers of '{name}' may be distilled"
        yield Exclusion(name, "distillable", "provider.enforce_distillable_text", reason)
    if provider.quantizations and not _quantized(facts.quantization, provider):
        reason = f"the quantization of '{name}' is {facts.quantization or 'unknown'}"
        yield Exclusion(name, "quantization", "provider.quantizations", reason)
    if provider.max_price:
        yield from _too_dear(endpoint, needs, provider.max_price)


def _without_suffix(endpoint: Endpoint, needs: Needs, entry: Entry) -> Iterator[Exclusion]:
    """What a suffix of the model's name asks for (OpenRouter A8)."""
    name = endpoint.id
    if entry.free and not _is_free(endpoint, needs):
        yield Exclusion(name, "free_variant", entry.field, f"'{name}' is not known to be free")
    if entry.online and endpoint.facts.web_search is not True:
        reason = f"'{name}' is not known to search the web by itself"
        yield Exclusion(name, "web_search", entry.field, reason)


def _quantized(known: str | None, provider: ProviderPreferences) -> bool:
    wanted = provider.quantizations or ()
    return (known or "unknown") in {*wanted, *(each for plain in wanted for each in _WIDER.get(plain, ()))}


def _too_dear(endpoint: Endpoint, needs: Needs, limit: MaxPrice) -> Iterator[Exclusion]:
    price = _price(endpoint, needs)
    for kind in _PRICED:
        most = getattr(limit, kind)
        if most is None:
            continue
        actual: Decimal | None = getattr(price, kind) if price else None
        if kind == "request" and actual is None and price and price.prompt is not None:
            actual = Decimal(0)  # a price book names a fee where there is one
        if actual is None or actual > Decimal(str(most)):
            costs = "unknown" if actual is None else f"{actual:f}"
            reason = f"the {kind} price of '{endpoint.id}' is {costs}, more than {most} is not allowed"
            yield Exclusion(endpoint.id, "max_price", f"provider.max_price.{kind}", reason)


def _price(endpoint: Endpoint, needs: Needs) -> Price | None:
    price = endpoint.facts.price
    return price and at_size(price, needs.prompt_tokens)


def _is_free(endpoint: Endpoint, needs: Needs) -> bool:
    price = _price(endpoint, needs)
    return price is not None and price.prompt == 0 and price.completion == 0 and not price.request


def _unable(row: Row, request: ChatRequest, needs: Needs) -> Iterator[Exclusion]:
    """What the model is known not to do."""
    endpoint, facts, missing = row.endpoint, row.endpoint.facts, row.lacks & needs.abilities
    if missing & TOOLS:
        yield _lacks(endpoint, "tools", "tools", "tools")
    if missing & SCHEMA:
        yield _lacks(endpoint, "structured_outputs", "response_format", "json_schema")
    for wanted in request.body.modalities or ("text",):
        if facts.output_modalities is not None and wanted not in facts.output_modalities:
            yield _lacks(endpoint, "modality", "modalities", f"{wanted} output")
    for path, modality in inputs(request):
        if facts.input_modalities is not None and modality not in facts.input_modalities:
            yield _lacks(endpoint, "modality", path, f"{modality} input")


def _lacks(endpoint: Endpoint, rule: str, field: str, what: str) -> Exclusion:
    return Exclusion(endpoint.id, rule, field, f"{what} is not supported by '{endpoint.id}'")


def _too_small(row: Row, needs: Needs) -> Iterator[Exclusion]:
    """Context and output length, as far as they are certain not to suffice."""
    name, facts = row.endpoint.id, row.endpoint.facts
    if needs.least_tokens + (needs.cap or 0) > row.context:
        asked = f"about {needs.prompt_tokens} tokens" + (f" and {needs.cap} to answer" if needs.cap else "")
        reason = f"'{name}' has a context of {facts.context_length} tokens, asked are {asked}"
        yield Exclusion(name, "context_length", "messages", reason)
    if needs.cap and facts.max_completion_tokens and needs.cap > facts.max_completion_tokens:
        reason = f"'{name}' answers with at most {facts.max_completion_tokens} tokens, got {needs.cap}"
        yield Exclusion(name, "max_output_tokens", "max_tokens", reason)


def _without_parameters(endpoint: Endpoint, request: ChatRequest) -> Iterator[Exclusion]:
    taken = supported_parameters(endpoint)
    for name in parameters_of(request):
        if name not in taken:
            reason = f"'{endpoint.id}' is not known to take {name}"
            yield Exclusion(endpoint.id, "require_parameters", name, reason)


def parameters_of(request: ChatRequest) -> list[str]:
    """The parameters of a request that endpoints may lack, by OpenRouter's names."""
    named = [name for name in NAMES if name in request.members]
    if request.reasoning is not None:
        named.append("reasoning")
    form = request.body.response_format
    if form is not None and form.type == "json_schema":
        named.append("structured_outputs")
    if form is not None and form.type == "text":
        named.remove("response_format")
    return named
