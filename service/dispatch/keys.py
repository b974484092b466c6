"""The keys of providers. Those of one provider take turns."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from service.dialects import DIALECTS
from service.providers.provider import Provider
from service.types.account import AwsAccount, GoogleAccount
from service.types.upstream import Endpoint
from service.upstream.credentials import Credential, credentials_of

_FINGERPRINT_DIGITS = 16


class Key(NamedTuple):
    """One way into a provider. `fingerprint` tells it from others, and opens nothing."""

    credential: Credential
    fingerprint: str


class Keys:
    """What opens the providers that are on."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers
        self._made: dict[tuple[str, str], Sequence[Key]] = {}
        self._turns: dict[str, int] = {}

    def take_turn(self, endpoint: Endpoint) -> Sequence[Key]:
        """The keys for an endpoint, the one whose turn it is first; never none."""
        keys = self.of(endpoint)
        if len(keys) == 1:
            return keys
        turn = self._turns.get(endpoint.provider, 0)
        self._turns[endpoint.provider] = (turn + 1) % len(keys)
        return (*keys[turn:], *keys[:turn])

    def of(self, endpoint: Endpoint) -> Sequence[Key]:
        """The keys for an endpoint in the operator's order."""
        header = DIALECTS[endpoint.dialect].key_header
        keys = self._made.get((endpoint.provider, header))
        if keys is None:
            provider = self._providers[endpoint.provider]
            credentials = credentials_of(provider.name, provider.keys, provider.account, header)
            keys = tuple(map(Key, credentials, fingerprints_of(provider)))
            self._made[endpoint.provider, header] = keys
        return keys


def fingerprints_of(provider: Provider) -> Sequence[str]:
    """What tells a provider's keys apart, in their order; one without keys has one, too."""
    return [_digest(key.reveal()) for key in provider.keys] or [_digest(_name(provider))]


def _name(provider: Provider) -> str:
    """What stays the same of an account; its tokens are renewed."""
    match provider.account:
        case AwsAccount(access_key_id=str() as key_id):
            return key_id
        case GoogleAccount(access_token=token, credentials_file=file) if token or file:
            return token.reveal() if token else str(file)
        case None:
            return "no key"
        case _:
            return "the machine's account"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_FINGERPRINT_DIGITS]
