"""The one exception tree, and the one table that says what each error becomes.

    PointsmanError
    ├── InvalidRequest        the caller's request is at fault; carries every violation
    │   ├── ModelNotFound     the model's name leads nowhere
    │   ├── RouterNotFound    no saved router has the name
    │   ├── ProviderNotFound  the provider's name leads nowhere
    │   ├── NoEndpoint        the names lead somewhere, but nobody there can or may serve the request
    │   └── NoRoute           no condition of the saved router is true, and it has no default
    ├── Unauthenticated       no key, or a wrong one
    ├── PermissionDenied      the key may not do this
    ├── NotFound              a resource that is not there
    ├── AlreadyExists         a resource of that name is there
    ├── Conflict              the resource has been changed since the caller read it
    ├── FailedPrecondition    the resource is in a state that forbids this
    ├── NotServed             a known field that nothing serves yet
    ├── Unavailable           this process cannot take the request now
    ├── Internal              a fault of ours; its message is never shown
    └── ProviderError         a provider failed; says which, with its status and message

Raised anywhere below the doors; only the doors (`service.edge`) turn them into HTTP or gRPC.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class ErrorKind(StrEnum):
    """What went wrong, as `error.code` and `ErrorInfo.reason` tell it; the key of `TABLE`."""

    INVALID_REQUEST = "invalid_request"
    MODEL_NOT_FOUND = "model_not_found"
    PROVIDER_NOT_FOUND = "provider_not_found"
    INVALID_API_KEY = "invalid_api_key"
    PERMISSION_DENIED = "permission_denied"
    NO_ROUTE = "no_route"
    NOT_FOUND = "not_found"
    ALREADY_EXISTS = "already_exists"
    CONFLICT = "conflict"
    FAILED_PRECONDITION = "failed_precondition"
    NO_ENDPOINT = "no_endpoint"
    NOT_SERVED = "not_served"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal_error"
    PROVIDER_BAD_REQUEST = "provider_bad_request"
    PROVIDER_MODEL_NOT_FOUND = "provider_model_not_found"
    PROVIDER_TIMEOUT = "provider_timeout"
    TTFT_TIMEOUT = "ttft_timeout"
    PROVIDER_TOO_LARGE = "provider_request_too_large"
    PROVIDER_UNPROCESSABLE = "provider_unprocessable"
    PROVIDER_CONTEXT_LENGTH = "context_length_exceeded"
    PROVIDER_CONTENT_POLICY = "content_policy_violation"
    PROVIDER_INVALID_IMAGE = "invalid_image"
    PROVIDER_RATE_LIMIT = "provider_rate_limit"
    PROVIDER_QUOTA = "provider_quota"
    PROVIDER_AUTH = "provider_auth"
    PROVIDER_OVERLOADED = "provider_overloaded"
    CONCURRENCY_LIMIT = "concurrency_limit"
    PROVIDER_FAILURE = "provider_failure"
    PROVIDER_UNREACHABLE = "provider_unreachable"
    PROVIDER_INVALID_RESPONSE = "provider_invalid_response"


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """What one kind of error becomes on the wire: gRPC code by name, HTTP status, OpenAI error type."""

    grpc_code: str
    http_status: int
    type: str


TABLE: dict[ErrorKind, ErrorRow] = {
    ErrorKind.INVALID_REQUEST: ErrorRow("INVALID_ARGUMENT", 400, "invalid_request_error"),
    ErrorKind.MODEL_NOT_FOUND: ErrorRow("INVALID_ARGUMENT", 400, "invalid_request_error"),
    ErrorKind.PROVIDER_NOT_FOUND: ErrorRow("INVALID_ARGUMENT", 400, "invalid_request_error"),
    ErrorKind.INVALID_API_KEY: ErrorRow("UNAUTHENTICATED", 401, "authentication_error"),
    ErrorKind.PERMISSION_DENIED: ErrorRow("PERMISSION_DENIED", 403, "permission_error"),
    ErrorKind.NO_ROUTE: ErrorRow("INVALID_ARGUMENT", 400, "invalid_request_error"),
    ErrorKind.NOT_FOUND: ErrorRow("NOT_FOUND", 404, "invalid_request_error"),
    ErrorKind.ALREADY_EXISTS: ErrorRow("ALREADY_EXISTS", 409, "invalid_request_error"),
    ErrorKind.CONFLICT: ErrorRow("ABORTED", 409, "invalid_request_error"),
    ErrorKind.FAILED_PRECONDITION: ErrorRow("FAILED_PRECONDITION", 400, "invalid_request_error"),
    ErrorKind.NO_ENDPOINT: ErrorRow("INVALID_ARGUMENT", 400, "invalid_request_error"),
    ErrorKind.NOT_SERVED: ErrorRow("UNIMPLEMENTED", 501, "not_implemented_error"),
    ErrorKind.UNAVAILABLE: ErrorRow("UNAVAILABLE", 503, "api_error"),
    ErrorKind.INTERNAL: ErrorRow("INTERNAL", 500, "api_error"),
    ErrorKind.PROVIDER_BAD_REQUEST: ErrorRow("INVALID_ARGUMENT", 400, "invalid_request_error"),
    ErrorKind.PROVIDER_MODEL_NOT_FOUND: ErrorRow("NOT_FOUND", 404, "invalid_request_error"),
    ErrorKind.PROVIDER_TIMEOUT: ErrorRow("DEADLINE_EXCEEDED", 504, "api_error"),
    ErrorKind.TTFT_TIMEOUT: ErrorRow("DEADLINE_EXCEEDED", 504, "api_error"),
    ErrorKind.PROVIDER_TOO_LARGE: ErrorRow("INVALID_ARGUMENT", 413, "invalid_request_error"),
    ErrorKind.PROVIDER_UNPROCESSABLE: ErrorRow("INVALID_ARGUMENT", 422, "invalid_request_error"),
    ErrorKind.PROVIDER_CONTEXT_LENGTH: ErrorRow("INVALID_ARGUMENT", 400, "invalid_request_error"),
    ErrorKind.PROVIDER_CONTENT_POLICY: ErrorRow("INVALID_ARGUMENT", 400, "invalid_request_error"),
    ErrorKind.PROVIDER_INVALID_IMAGE: ErrorRow("INVALID_ARGUMENT", 400, "invalid_request_error"),
    ErrorKind.PROVIDER_RATE_LIMIT: ErrorRow("RESOURCE_EXHAUSTED", 429, "rate_limit_error"),
    ErrorKind.PROVIDER_QUOTA: ErrorRow("RESOURCE_EXHAUSTED", 429, "rate_limit_error"),
    ErrorKind.PROVIDER_AUTH: ErrorRow("UNAVAILABLE", 502, "api_error"),
    ErrorKind.PROVIDER_OVERLOADED: ErrorRow("UNAVAILABLE", 503, "api_error"),
    ErrorKind.CONCURRENCY_LIMIT: ErrorRow("UNAVAILABLE", 503, "api_error"),
    ErrorKind.PROVIDER_FAILURE: ErrorRow("UNAVAILABLE", 502, "api_error"),
    ErrorKind.PROVIDER_UNREACHABLE: ErrorRow("UNAVAILABLE", 502, "api_error"),
    ErrorKind.PROVIDER_INVALID_RESPONSE: ErrorRow("UNAVAILABLE", 502, "api_error"),
}


def kind_of_status(status: int) -> ErrorKind:
    """Tells what a provider's HTTP error status means to our caller."""
    match status:
        case 400:
            return ErrorKind.PROVIDER_BAD_REQUEST
        case 404 | 410:
            return ErrorKind.PROVIDER_MODEL_NOT_FOUND
        case 401 | 402 | 403:
            # The operator's credential failed, not the caller's.
            return ErrorKind.PROVIDER_AUTH
        case 408 | 504 | 524:
            return ErrorKind.PROVIDER_TIMEOUT
        case 413:
            return ErrorKind.PROVIDER_TOO_LARGE
        case 422:
            return ErrorKind.PROVIDER_UNPROCESSABLE
        case 429:
            return ErrorKind.PROVIDER_RATE_LIMIT
        case 503 | 529:
            return ErrorKind.PROVIDER_OVERLOADED
        case _:
            # The path, the method, the headers are ours and the operator's, whatever the status.
            return ErrorKind.PROVIDER_FAILURE


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with a request: the field's path, and what is wrong with which value."""

    field: str
    description: str


class PointsmanError(Exception):
    """The root: a kind of the table and a message that may be shown to the caller."""

    kind = ErrorKind.INTERNAL

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def row(self) -> ErrorRow:
        """The wire shape of this error."""
        return TABLE[self.kind]

    @property
    def param(self) -> str | None:
        """The request field at fault, where there is exactly one."""
        return None


class InvalidRequest(PointsmanError):
    """The request is at fault; every violation found is reported at once."""

    kind = ErrorKind.INVALID_REQUEST

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(
            "; ".join(f"{v.field}: {v.description}" if v.field else v.description for v in violations)
        )
        self.violations = tuple(violations)

    @property
    def param(self) -> str | None:
        """The first field at fault: OpenAI's `error.param` holds one name."""
        return self.violations[0].field or None if self.violations else None

    def renamed(self, rename: Callable[[str], str]) -> Self:
        """The same error, told of its fields by other names."""
        other = type(self).__new__(type(self))
        InvalidRequest.__init__(other, [Violation(rename(v.field), v.description) for v in self.violations])
        return other


class ModelNotFound(InvalidRequest):
    """No configured provider lists the model, or several do and the name says not which."""

    kind = ErrorKind.MODEL_NOT_FOUND

    def __init__(self, description: str) -> None:
        super().__init__([Violation("model", description)])


class RouterNotFound(ModelNotFound):
    """There is no saved router of the name; one may have been made a moment ago, and not be known here."""


class ProviderNotFound(ModelNotFound):
    """The part before the slash names no configured provider."""

    kind = ErrorKind.PROVIDER_NOT_FOUND


class NoEndpoint(InvalidRequest):
    """Nobody who has the model can or may serve this request; each violation is one of them and why.

    `excluded_by` are the rules that left somebody out, in OpenRouter's words (A10.4).
    """

    kind = ErrorKind.NO_ENDPOINT

    def __init__(self, violations: Sequence[Violation], excluded_by: Sequence[str] = ()) -> None:
        super().__init__(violations)
        self.excluded_by = tuple(excluded_by)

    def renamed(self, rename: Callable[[str], str]) -> Self:
        """See `InvalidRequest.renamed`."""
        other = super().renamed(rename)
        other.excluded_by = self.excluded_by
        return other


class NoRoute(InvalidRequest):
    """No condition of the saved router is true, and it has no default route (Inworld 3.4)."""

    kind = ErrorKind.NO_ROUTE

    def __init__(self) -> None:
        super().__init__([Violation("", "No route matched. Configure a default route or adjust conditions.")])


class PermissionDenied(PointsmanError):
    """The key is good, but does not permit this; the message names the permission that is missing."""

    kind = ErrorKind.PERMISSION_DENIED


class NotFound(PointsmanError):
    """The resource that is named is not there."""

    kind = ErrorKind.NOT_FOUND


class AlreadyExists(PointsmanError):
    """A resource of that name is there already."""

    kind = ErrorKind.ALREADY_EXISTS


class Conflict(PointsmanError):
    """The resource has been changed since the caller read it: its etag is another."""

    kind = ErrorKind.CONFLICT


class FailedPrecondition(PointsmanError):
    """The resource is in a state that forbids what was asked; asking again changes nothing."""

    kind = ErrorKind.FAILED_PRECONDITION


class Unauthenticated(PointsmanError):
    """The call carries no key, or one that opens nothing."""

    kind = ErrorKind.INVALID_API_KEY

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class NotServed(PointsmanError):
    """The request asks for something that exists in the contract but that nothing serves yet."""

    kind = ErrorKind.NOT_SERVED

    def __init__(self, fields: Sequence[str], why: str = "") -> None:
        names = ", ".join(fields)
        reason = f"; {why}" if why else ""
        super().__init__(f"{names}: not served by this version of Pointsman{reason}")
        self.fields = tuple(fields)
        self.why = why

    @property
    def param(self) -> str | None:
        """The first field that is not served."""
        return self.fields[0]


class Unavailable(PointsmanError):
    """This process cannot take the request now; another one, or a later try, may."""

    kind = ErrorKind.UNAVAILABLE


class Internal(PointsmanError):
    """A fault of ours. The cause goes to the log, never to the caller."""

    def __init__(self) -> None:
        super().__init__("Internal error")


class ProviderError(PointsmanError):
    """A provider failed, before or while it answered.

    `status` is the provider's HTTP status, None when there was none (no connection, a broken stream).
    `retry_after` is its Retry-After in whole seconds. `words` are what the provider said (its message, or its
    body where that has none), `provider_code` and `provider_type` its own names for it. All is redacted.
    """

    def __init__(
        self,
        kind: ErrorKind,
        provider: str,
        message: str,
        *,
        status: int | None = None,
        retry_after: int | None = None,
        words: str | None = None,
        provider_code: str | None = None,
        provider_type: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.provider = provider
        self.status = status
        self.retry_after = retry_after
        self.words = words
        self.provider_code = provider_code
        self.provider_type = provider_type
