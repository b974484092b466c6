"""Why an answer ended: Google's finish reasons and what they are to the caller.

Source: `google.genai.types.FinishReason` and `BlockedReason`, whose descriptions say who stopped the answer.

- What a filter withheld is `content_filter`, with Google's message as the refusal.
- A reason that means the model failed (`FAILURES`) is an error of the provider if the answer has nothing in
  it that a caller could use. If it has, that is kept, and ends as it otherwise would; `native_finish_reason`
  and the message in `provider_metadata` tell. An undeclared function is such a case: the call is there to be
  answered.
"""

_FILTERED = "content_filter"

_REASONS = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    "SAFETY": _FILTERED,
    "RECITATION": _FILTERED,
    "LANGUAGE": _FILTERED,
    "BLOCKLIST": _FILTERED,
    "PROHIBITED_CONTENT": _FILTERED,
    "SPII": _FILTERED,
    "IMAGE_SAFETY": _FILTERED,
    "IMAGE_PROHIBITED_CONTENT": _FILTERED,
    "IMAGE_RECITATION": _FILTERED,
    "ESCALATION": _FILTERED,
    "PUP_LIMITED_DISABLED": _FILTERED,
    "MODEL_ARMOR": _FILTERED,
}
FAILURES = frozenset(
    {
        *("OTHER", "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"),
        *("MISSING_THOUGHT_SIGNATURE", "MALFORMED_RESPONSE", "IMAGE_OTHER", "NO_IMAGE"),
    }
)
UNSPECIFIED = "FINISH_REASON_UNSPECIFIED"


def finish_reason(native: str, *, calls: bool) -> str:
    """The caller's word; a reason that is not known ends an answer like any other."""
    reason = _REASONS.get(native, "stop")
    return "tool_calls" if reason == "stop" and calls else reason
