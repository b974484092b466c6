"""Rows of servers on the operator's own machines: no key is needed, and they are on when configured."""

from service.providers.rows.hosts import OLLAMA_QUIRKS, OLLAMA_SOURCES
from service.providers.rows.row import Row

LOCAL = (
    Row(
        name="ollama",
        title="Ollama",
        base_url="http://localhost:11434/v1",
        docs="https://docs.ollama.com/api/openai-compatibility",
        local=True,
        quirks=OLLAMA_QUIRKS,
        sources=OLLAMA_SOURCES,
    ),
    Row(
        name="vllm",
        title="vLLM",
        base_url="http://localhost:8000/v1",
        docs="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        local=True,
    ),
    Row(
        name="lmstudio",
        title="LM Studio",
        base_url="http://localhost:1234/v1",
        docs="https://lmstudio.ai/docs/developer/openai-compat/chat-completions",
        local=True,
    ),
    Row(
        name="llamacpp",
        title="llama.cpp",
        base_url="http://localhost:8080/v1",
        docs="https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
        local=True,
        aliases=("llama-cpp", "llama-server"),
    ),
)
