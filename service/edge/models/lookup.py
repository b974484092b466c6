"""Looking up one model by any name that a request may use."""

from service.edge.models.listing import Listed, Offer, listing
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
    found = listing(directory, everything=everything).offer(name)
    if found is None:
        raise _not_listed(name, directory)
    return found


def model_named(name: str, directory: Directory, *, everything: bool = False) -> Listed:
    """The model with all its offers. Raises `NotListed`."""
    found = listing(directory, everything=everything).model(name)
    if found is None:
        raise _not_listed(name, directory)
    return found


def _not_listed(name: str, directory: Directory) -> NotListed:
    near = directory.near(name)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    return NotListed(f"nothing here lists '{name[:_SHOWN]}'{hint}")
