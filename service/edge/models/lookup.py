"""Looking up one model by any name that a request may use."""

from service.edge.models.listing import Listed, Listing, Offer, listing
from service.errors import ErrorRow, ModelNotFound
from service.providers.directory import Directory

_SHOWN = 200


class NotListed(ModelNotFound):
    """Nothing lists the model that was looked up: 404, whereas a wrong name in a chat request is a 400."""

    @property
    def row(self) -> ErrorRow:
        """The wire shape of this error."""
        return ErrorRow("NOT_FOUND", 404, super().row.type)


def offer_named(name: str, directory: Directory, *, everything: bool = False) -> Offer:
    """The offer that a request for this model would go to first. Raises `NotListed`."""
    listed = listing(directory, everything=everything)
    found = (
        listed.offer.get(name)
        or _by_directory(name, directory, listed)
        or _by_catalog(name, directory, listed)
    )
    if found is None:
        raise _not_listed(name, directory)
    return found


def model_named(name: str, directory: Directory, *, everything: bool = False) -> Listed:
    """The model with all its offers. Raises `NotListed`."""
    models = listing(directory, everything=everything).model
    return models.get(name) or models[offer_named(name, directory, everything=everything).model_id]


def _by_directory(name: str, directory: Directory, listed: Listing) -> Offer | None:
    """As a chat request is read: an alias of a provider, an author's or a bare name."""
    first, slash, model = name.partition("/")
    provider = directory.provider(first) if slash else None
    if provider and (found := listed.offer.get(f"{provider.name}/{model}")):
        return found
    serving = (listed.offer.get(endpoint.id) for endpoint in directory.serving(name))
    return next(filter(None, serving), None)


def _by_catalog(name: str, directory: Directory, listed: Listing) -> Offer | None:
    """For models that only providers serve that are not on, or are asked by their names alone."""
    known = directory.catalog.model(name)
    model = listed.model.get(known.id) if known else None
    return model.offers[0] if model else None


def _not_listed(name: str, directory: Directory) -> NotListed:
    near = directory.near(name)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    return NotListed(f"nothing here lists '{name[:_SHOWN]}'{hint}")
