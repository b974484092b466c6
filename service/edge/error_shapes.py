"""Errors as JSON, in the shape that belongs to a path. OpenAI's is in `openai_json`."""

from typing import Any

from grpc import StatusCode

from service.edge.grpc_errors import DOMAIN
from service.errors import ErrorKind, InvalidRequest, PointsmanError

# The names under which OpenRouter's callers find what went wrong (A10.4).
_OPENROUTER_TYPES = {
    ErrorKind.INVALID_REQUEST: "invalid_request",
    ErrorKind.MODEL_NOT_FOUND: "invalid_request",
    ErrorKind.PROVIDER_NOT_FOUND: "invalid_request",
    ErrorKind.INVALID_API_KEY: "authentication",
    ErrorKind.NO_ENDPOINT: "not_found",
    ErrorKind.PERMISSION_DENIED: "permission_denied",
    ErrorKind.NO_ROUTE: "invalid_request",
    ErrorKind.NOT_FOUND: "not_found",
    ErrorKind.ALREADY_EXISTS: "invalid_request",
    ErrorKind.CONFLICT: "invalid_request",
    ErrorKind.FAILED_PRECONDITION: "invalid_request",
    ErrorKind.NOT_SERVED: "unmapped",
    ErrorKind.UNAVAILABLE: "provider_overloaded",
    ErrorKind.INTERNAL: "server",
    ErrorKind.PROVIDER_BAD_REQUEST: "invalid_request",
    ErrorKind.PROVIDER_MODEL_NOT_FOUND: "not_found",
    ErrorKind.PROVIDER_TIMEOUT: "timeout",
    ErrorKind.TTFT_TIMEOUT: "timeout",
    ErrorKind.PROVIDER_TOO_LARGE: "payload_too_large",
    ErrorKind.PROVIDER_UNPROCESSABLE: "unprocessable",
    ErrorKind.PROVIDER_CONTEXT_LENGTH: "context_length_exceeded",
    ErrorKind.PROVIDER_CONTENT_POLICY: "content_policy_violation",
    ErrorKind.PROVIDER_INVALID_IMAGE: "invalid_image",
    ErrorKind.PROVIDER_RATE_LIMIT: "rate_limit_exceeded",
    ErrorKind.PROVIDER_QUOTA: "rate_limit_exceeded",
    ErrorKind.PROVIDER_AUTH: "provider_unavailable",
    ErrorKind.PROVIDER_OVERLOADED: "provider_overloaded",
    ErrorKind.CONCURRENCY_LIMIT: "provider_overloaded",
    ErrorKind.PROVIDER_FAILURE: "provider_unavailable",
    ErrorKind.PROVIDER_UNREACHABLE: "provider_unavailable",
    ErrorKind.PROVIDER_INVALID_RESPONSE: "provider_unavailable",
}


def openrouter_type(error: PointsmanError, status: int) -> str:
    """OpenRouter's word for what went wrong; a model that was looked up, and not asked, is 404."""
    return "not_found" if status == 404 else _OPENROUTER_TYPES[error.kind]


def openrouter(error: PointsmanError) -> dict[str, Any]:
    """Prints a failure as `/api/v1` has it: the code is the HTTP status, an integer."""
    code = error.row.http_status
    about = {"error_type": openrouter_type(error, code)}
    return {"error": {"code": code, "message": error.message, "metadata": about}}


def status(error: PointsmanError) -> dict[str, Any]:
    """Prints a failure as JSON of `google.rpc.Status`, as Envoy prints those of typed methods."""
    details: list[dict[str, Any]] = [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": error.kind.name, "domain": DOMAIN}
    ]
    if isinstance(error, InvalidRequest):
        violations = [{"field": each.field, "description": each.description} for each in error.violations]
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "field_violations": violations})
    code: int = StatusCode[error.row.grpc_code].value[0]
    return {"code": code, "message": error.message, "details": details}
