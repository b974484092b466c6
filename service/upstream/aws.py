"""AWS request signing. Importing it imports botocore, which takes a while: to be done in a thread."""

from collections.abc import Mapping

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

# Headers that the SDK signs beside the host and its own; others may change on the way.
_SIGNED = ("content-type",)


def signed_headers(
    request_method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    region: str,
    access_key_id: str,
    secret_access_key: str,
    session_token: str | None,
    service: str = "bedrock",
) -> dict[str, str]:
    """Signs one request with Signature Version 4: the headers that have to be added to it.

    `url` is signed as it stands, escapes and all, and so has to be sent like that. The signature holds from
    now on for a few minutes: each attempt needs its own.
    """
    request = AWSRequest(
        method=request_method,
        url=url,
        data=body,
        headers={name: value for name, value in headers.items() if name.lower() in _SIGNED},
    )
    credentials = Credentials(access_key_id, secret_access_key, session_token)
    SigV4Auth(credentials, service, region).add_auth(request)
    return {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
        if name.lower() not in _SIGNED
    }
