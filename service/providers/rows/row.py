"""What the registry says of one provider, before an operator's settings are looked at."""

from collections.abc import Mapping

import msgspec

from service.types.quirks import NO_QUIRKS, Quirks

OPENROUTER_LISTING = "https://openrouter.ai/api/v1/providers"
"""OpenRouter's listing of providers: addresses of their pages, and places."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One known provider: where it is, which language it speaks, how it departs from it, and who says so.

    - `title` is its display name; `aliases` are other spellings of its name. `docs` is the page that tells
      the address and the key.
    - `base_url` may hold `{region}` or `{location}`, settings of clouds, and `{VARIABLES}` of the environment
      where each customer has an address; `location_urls` are those of locations that fit no pattern.
    - The first of `key_variables` that is set holds its key. A `local` server needs no key, and is on when it
      is configured.
    - `by_model`: patterns of whole model ids that are served in another dialect only; the first that fits.
    - `model_quirks`: patterns of whole model ids with quirks in place of `quirks`; the first that fits.
    - `headers` go with every request; none is secret.
    - `headquarters` and `datacenters` are ISO 3166 country codes; `zdr` is whether nothing is retained,
      `trains` whether requests may be trained on. None is unknown.
    - `sources`: for every quirk set, by its field, who says so: addresses of pages, or "recorded: KIND" for a
      kind of recorded traffic. `by_model` has its own too, and so has `about`: the three addresses of pages,
      both places, `zdr` and `trains`.
    """

    name: str
    title: str
    base_url: str
    dialect: str = "openai"
    location_urls: Mapping[str, str] = {}
    docs: str | None = None
    key_variables: tuple[str, ...] = ()
    local: bool = False
    aliases: tuple[str, ...] = ()
    by_model: tuple[tuple[str, str], ...] = ()
    quirks: Quirks = NO_QUIRKS
    model_quirks: tuple[tuple[str, Quirks], ...] = ()
    sources: Mapping[str, tuple[str, ...]] = {}
    headers: dict[str, str] = {}
    models: tuple[str, ...] = ()
    privacy_policy_url: str | None = None
    terms_of_service_url: str | None = None
    status_page_url: str | None = None
    headquarters: str | None = None
    datacenters: tuple[str, ...] | None = None
    zdr: bool | None = None
    trains: bool | None = None
