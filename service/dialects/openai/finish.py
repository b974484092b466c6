"""Why an answer ended, in OpenAI's words, whatever the vendor's."""

from typing import Any

# In lower case. OpenAI's own words are not here, nor is its older `function_call`.
_WORDS = {
    # Together API reference, chat completions; TGI's `FinishReason` (Hugging Face endpoints)
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    # Anthropic's words, which proxies in front of Claude hand on (Anthropic Messages API, `stop_reason`)
    "end_turn": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
    "model_context_window_exceeded": "length",  # Z.AI API reference as well
    # mistralai SDK, `ChatCompletionChoiceFinishReason`
    "model_length": "length",
    # Z.AI API reference, chat completion
    "sensitive": "content_filter",
    # OpenAI Responses API, as OpenRouter tells it natively (recorded)
    "completed": "stop",
    # Google's words, which its models' proxies hand on (google-genai `FinishReason`)
    "safety": "content_filter",
    "recitation": "content_filter",
    "prohibited_content": "content_filter",
    "blocklist": "content_filter",
    # Atoma node
    "stopped": "stop",
    "length_capped": "length",
}

# The model did not finish by itself and the vendor says so: what there is of the answer is no answer.
# Sources: OpenRouter A10.3 and the mistralai SDK; the API references of DeepSeek and Z.AI; vLLM's and
# SGLang's word for a request that the engine gave up.
_FAILURES = {
    "error": "the model failed",
    "insufficient_system_resource": "the vendor ran out of capacity",
    "network_error": "the vendor's network failed",
    "abort": "the server gave the answer up",
}


def finish_reason(word: str | None) -> str | None:
    """The reason in OpenAI's words; one that nobody documents stays as it is."""
    return _WORDS.get(word.lower(), word) if word else None


def failure(choice: Any) -> Any:
    """The error of a choice that failed, in the form of an error object; None if it did not."""
    if not isinstance(choice, dict):
        return None
    if error := choice.get("error"):
        return error
    word = choice.get("finish_reason")
    if isinstance(word, str) and (what := _FAILURES.get(word.lower())):
        overloaded = "overloaded" if word == "insufficient_system_resource" else None
        return {"message": f"{what} (finish reason '{word}')", "code": word, "type": overloaded}
    return None
