"""Where Messages are served, and what differs there."""

from typing import NamedTuple


class Platform(NamedTuple):
    """`fetches_urls`: images and documents may be https URLs; `system_turns`: role system in `messages`."""

    fetches_urls: bool
    system_turns: bool


# Source: Anthropic's pages on vision, PDF support and mid-conversation system messages.
API = Platform(fetches_urls=True, system_turns=True)
VERTEX = Platform(fetches_urls=False, system_turns=False)
