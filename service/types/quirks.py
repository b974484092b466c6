"""How a vendor departs from the dialect it speaks. Each quirk of a row names its source."""

from typing import Literal

import msgspec


class Quirks(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Departures from OpenAI's chat completions, as data.

    - `max_tokens_field`: the only name it takes for the cap of the answer; None takes both.
    - `system_role`: the only role it takes for instructions; None takes `system` and `developer`.
    - `reasoning_request`: how it is asked to think: OpenAI's `reasoning_effort`; OpenRouter's `reasoning`
      object; `thinking` = {"type": "enabled" | "disabled"}; `enable_thinking` with `thinking_budget`;
      `chat_template_kwargs` = {"enable_thinking": ...}; `none` where it cannot be asked.
    - `efforts`: the levels its `reasoning_effort` takes, ascending; others become the nearest, with a
      warning. None is all, or those that the catalog knows. With the style `thinking` it says that a
      `reasoning_effort` goes beside it.
    - `reasoning_history`: the name for thoughts of earlier turns that it wants; None takes them as sent.
    - `unknown_members`: members of messages, content parts and tools that it refuses as unknown, such as
      `cache_control` or `reasoning_details`: hints and other vendors' thoughts, left out without a warning.
    - `dropped`: sampling parameters it does not take; they are left out, with a warning.
    - `refused`: parameters it does not take that change what the caller gets; asking for one makes the
      endpoint ineligible (`n` means more than one).
    - `stream_usage`: whether it takes `stream_options`, by which usage is asked for in a stream.
    - `reasoning_apart`: whether its completion tokens leave the reasoning tokens out; its total must say so.
    """

    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] | None = None
    system_role: Literal["system", "developer"] | None = None
    reasoning_request: Literal[
        "reasoning_effort", "reasoning", "thinking", "enable_thinking", "chat_template_kwargs", "none"
    ] = "reasoning_effort"
    efforts: tuple[str, ...] | None = None
    reasoning_history: Literal["reasoning_content", "reasoning"] | None = None
    unknown_members: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    stream_usage: bool = True
    reasoning_apart: bool = False


NO_QUIRKS = Quirks()
