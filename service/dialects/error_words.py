"""What the words of vendors' errors mean, whoever says them.

Sources: recorded errors; the error pages of the OpenAI, Anthropic, Google, Bedrock and Cohere API references;
OpenRouter A10.4 `error_type`.
"""

import re

from service.errors import ErrorKind

_JUDGED_CHARS = 4000

# Words in `type` or `code` where a status is missing.
_KINDS = {
    "insufficient_quota": ErrorKind.PROVIDER_QUOTA,
    "rate_limit": ErrorKind.PROVIDER_RATE_LIMIT,
    "resource_exhausted": ErrorKind.PROVIDER_RATE_LIMIT,
    "throttling": ErrorKind.PROVIDER_RATE_LIMIT,
    "authentication": ErrorKind.PROVIDER_AUTH,
    "billing_error": ErrorKind.PROVIDER_AUTH,
    "invalid_api_key": ErrorKind.PROVIDER_AUTH,
    "permission": ErrorKind.PROVIDER_AUTH,
    "overloaded": ErrorKind.PROVIDER_OVERLOADED,
    "unavailable": ErrorKind.PROVIDER_OVERLOADED,
    "timeout": ErrorKind.PROVIDER_TIMEOUT,
    "deadline_exceeded": ErrorKind.PROVIDER_TIMEOUT,
    "model_not_found": ErrorKind.PROVIDER_MODEL_NOT_FOUND,
    "not_found": ErrorKind.PROVIDER_MODEL_NOT_FOUND,
    "request_too_large": ErrorKind.PROVIDER_TOO_LARGE,
    "context_length_exceeded": ErrorKind.PROVIDER_BAD_REQUEST,
    "content_policy_violation": ErrorKind.PROVIDER_BAD_REQUEST,
    "invalid_request": ErrorKind.PROVIDER_BAD_REQUEST,
    "invalid_prompt": ErrorKind.PROVIDER_BAD_REQUEST,
    "invalid_argument": ErrorKind.PROVIDER_BAD_REQUEST,
    "failed_precondition": ErrorKind.PROVIDER_BAD_REQUEST,
    "validationexception": ErrorKind.PROVIDER_BAD_REQUEST,
}


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases))


_CLIENT = (ErrorKind.PROVIDER_BAD_REQUEST, ErrorKind.PROVIDER_UNPROCESSABLE)

# Faults that have a row of their own in the table, by what a vendor says of them in code, type or message,
# and which kinds they may be told as. The first match counts.
_REFINED: tuple[tuple[ErrorKind, tuple[ErrorKind, ...], re.Pattern[str]], ...] = (
    (
        ErrorKind.PROVIDER_CONTEXT_LENGTH,
        (*_CLIENT, ErrorKind.PROVIDER_TOO_LARGE, ErrorKind.PROVIDER_FAILURE),
        _any(
            "context_length_exceeded",
            "context_window_exceeded",
            "exceed_context_size",
            "tokens_limit_reached",
            "maximum context length",
            "context (?:length|window) (?:of|is|limit|exceed)",
            "exceeds? (?:the )?(?:model'?s? )?(?:maximum )?context",
            "longer than the (?:maximum model|model's context) length",
            "prompt (?:is too long|exceeds max length)",
            "input is too long",
            "too many (?:input )?tokens",
            "input token count.{0,60}(?:exceeds|only supports)",
            "input tokens? exceed",
            "exceeded model token limit",
            "maximum (?:prompt|input) length",
            "range of input length should be",
            "less than max_seq_len",
            "`inputs` (?:tokens|must have less)",
            r"too large for model with \d+ maximum context",
        ),
    ),
    (
        ErrorKind.PROVIDER_CONTENT_POLICY,
        # Vendors refuse prompts by 400, and some by 403; an account that is closed for its use is a 401.
        (*_CLIENT, ErrorKind.PROVIDER_AUTH, ErrorKind.PROVIDER_FAILURE),
        _any(
            "content_policy",
            "content_filter",
            "content policy",
            "content management policy",
            "content filtering policy",
            "responsibleaipolicy",
            "content_blocked",
            "moderation_blocked",
            "safety system",
            "usage guidelines",
            "blocked by (?:our |the )?(?:usage|content)",
            r"violat\w+ (?:our |the )?(?:usage|content|acceptable use) polic",
            "data_inspection_failed",
            "prohibited_content",
            r"\bwas flagged\b",
            r"\bbeen flagged\b",
            "requires moderation",
        ),
    ),
    (
        ErrorKind.PROVIDER_INVALID_IMAGE,
        _CLIENT,
        _any(
            "invalid_image",
            "image_too_(?:large|small)",
            "image_parse_error",
            "unsupported_image",
            "image_download_failed",
            "(?:could not|unable to|failed to|cannot) (?:process|download|decode|fetch|load|read|sanitize)"
            " (?:the |input |your |provided )*image",
            "invalid (?:base64 )?image",
            "image exceeds",
            "image dimensions exceed",
            "image does not match",
            "image is not valid",
            "not a valid image",
        ),
    ),
    (
        ErrorKind.PROVIDER_AUTH,
        _CLIENT,
        _any(
            "api key not valid",
            "api_key_invalid",
            "in(?:valid|correct)[ _]api[ _]key",
            "credit balance is too low",
            "arrearage",
        ),
    ),
    (
        ErrorKind.PROVIDER_MODEL_NOT_FOUND,
        _CLIENT,
        _any(
            "model_not_found",
            "model_decommissioned",
            "model_not_supported",
            "unknown_model",
            "deploymentnotfound",
            "no such model",
            "the requested model '[^']*' does not exist",
            "model identifier is invalid",
            "^invalid model(?: id|:|$)",
        ),
    ),
    (
        ErrorKind.PROVIDER_QUOTA,
        (ErrorKind.PROVIDER_RATE_LIMIT, *_CLIENT),
        _any(
            "insufficient_quota",
            "exceeded_current_quota",
            "exceeded your current quota, please check your plan",
            "billing_hard_limit_reached",
            "billing_not_active",
            "api usage limits",
            "insufficient balance",
        ),
    ),
)


def kind_of_words(words: str) -> ErrorKind:
    """Judges by a vendor's code and type alone, for errors without a status."""
    return next((kind for word, kind in _KINDS.items() if word in words), ErrorKind.PROVIDER_FAILURE)


def refined(kind: ErrorKind, words: str, message: str) -> ErrorKind:
    """Finds the row that says more than a status does. All in lower case."""
    message = message[:_JUDGED_CHARS]
    for finer, kinds, pattern in _REFINED:
        if kind in kinds and (pattern.search(words) or pattern.search(message)):
            return finer
    return kind
