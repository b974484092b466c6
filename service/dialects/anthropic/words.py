"""Anthropic's words and ours."""

FORMAT = "anthropic-claude-v1"
"""The format of reasoning details that hold Claude's blocks, wherever the Claude is served."""

FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "compaction": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}
"""What each `stop_reason` means. Source: the SDK's StopReason and BetaStopReason."""
