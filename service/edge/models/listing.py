"""What a list of models shows: each model once, with the endpoints that serve it. Pure."""

from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

import msgspec

from service.dialects.supported import supported_parameters
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.types.facts import Facts, Model
from service.types.price import Price
from service.types.upstream import Endpoint


def slug(name: str) -> str:
    """A provider's name however it is capitalised, with its spaces as hyphens."""
    return name.casefold().replace(" ", "-")


class Offer(msgspec.Struct, frozen=True):
    """One model at one provider; `served` says whether the provider is on."""

    endpoint: Endpoint
    provider: Provider
    served: bool

    @property
    def facts(self) -> Facts:
        """What is known of the endpoint."""
        return self.endpoint.facts

    @property
    def model_id(self) -> str:
        """The model's canonical id; the endpoint's own where nobody knows which model it is."""
        return self.facts.model.id if self.facts.model else self.endpoint.id

    @property
    def provider_slugs(self) -> set[str]:
        """All names of the provider."""
        names = (self.provider.name, self.provider.title, *self.provider.aliases)
        return {slug(name) for name in names if name}


class Listed(msgspec.Struct, frozen=True):
    """One model and who offers it, in registry order. What nobody has ranked or named stands alone.

    The first offer answers when the model is named without a provider: its price is the model's. Abilities
    are those that any offer has, as a request goes to one that can serve it.
    """

    id: str
    model: Model | None
    offers: tuple[Offer, ...]

    @property
    def name(self) -> str:
        """What people call it."""
        return (self.model and self.model.name) or self.id

    @property
    def price(self) -> Price:
        """The first offer's price."""
        return self.offers[0].facts.price or Price()

    @property
    def context_length(self) -> int | None:
        """The largest context, in tokens, that is known of an offer."""
        return max((offer.facts.context_length or 0 for offer in self.offers), default=0) or None

    @property
    def input_modalities(self) -> list[str]:
        """What some offer is known to read."""
        return _union(offer.facts.input_modalities for offer in self.offers)

    @property
    def output_modalities(self) -> list[str]:
        """What some offer is known to make."""
        return _union(offer.facts.output_modalities for offer in self.offers)

    @property
    def parameters(self) -> list[str]:
        """The request parameters that some offer is known to take."""
        return _union(supported_parameters(offer.endpoint) for offer in self.offers)


class Listing:
    """All models of a snapshot, in registry order and by id. Made once: it does not change."""

    def __init__(self, directory: Directory, *, everything: bool) -> None:
        self.offers = tuple(_offers(directory, everything=everything))
        self.models = tuple(_grouped(self.offers))
        self.offer = {offer.endpoint.id: offer for offer in self.offers}
        self.model = {listed.id: listed for listed in self.models}


# A listing holds nothing of its directory, so that it goes with it.
_made: WeakKeyDictionary[Directory, dict[bool, Listing]] = WeakKeyDictionary()


def listing(directory: Directory, *, everything: bool = False) -> Listing:
    """The models of a directory; with `everything` also those of known providers that are not on."""
    made = _made.setdefault(directory, {})
    if everything not in made:
        made[everything] = Listing(directory, everything=everything)
    return made[everything]


def _offers(directory: Directory, *, everything: bool) -> Iterator[Offer]:
    for endpoint in directory.listed(everything=everything):
        on = directory.providers.get(endpoint.provider)
        provider = on or directory.off[endpoint.provider]
        yield Offer(endpoint, provider, served=on is not None)


def _grouped(offers: Iterable[Offer]) -> Iterator[Listed]:
    groups: dict[str, list[Offer]] = {}
    for offer in offers:
        groups.setdefault(offer.model_id, []).append(offer)
    for name, group in groups.items():
        yield Listed(name, group[0].facts.model, tuple(group))


def _union(parts: Iterable[Iterable[str] | None]) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part or ()))
