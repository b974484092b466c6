"""The registry: known providers, one row each.

A row's model list only serves bare names; any other id is sent on when the provider is named.
Source of the model ids: models.dev (MIT), state of 2026-07-02, those served by chat completions.
"""

from typing import NamedTuple

from service.upstream import demo


class Row(NamedTuple):
    """A provider before configuration: it is on when its key variable is set or its section is written."""

    dialect: str
    base_url: str
    key_variable: str | None
    models: tuple[str, ...]


ROWS: dict[str, Row] = {
    "demo": Row("openai", demo.BASE_URL, None, ("fast", "clever", "failing")),
    "openai": Row(
        "openai",
        "https://api.openai.com/v1",
        "OPENAI_API_KEY",
        (
            "gpt-3.5-turbo",
            "gpt-4",
            "gpt-4-turbo",
            "gpt-4.1",
            "gpt-4.1-mini",
            "gpt-4.1-nano",
            "gpt-4o",
            "gpt-4o-2024-05-13",
            "gpt-4o-2024-08-06",
            "gpt-4o-2024-11-20",
            "gpt-4o-mini",
            "gpt-5",
            "gpt-5-chat-latest",
            "gpt-5-mini",
            "gpt-5-nano",
            "gpt-5.1",
            "gpt-5.1-chat-latest",
            "gpt-5.2",
            "gpt-5.2-chat-latest",
            "gpt-5.3-chat-latest",
            "gpt-5.4",
            "gpt-5.4-mini",
            "gpt-5.4-nano",
            "gpt-5.5",
            "o1",
            "o3",
            "o3-mini",
            "o4-mini",
        ),
    ),
}
