"""Which requests are one conversation, so that it stays where its prompt cache is (OpenRouter A12). Pure.

Known by `session_id` or `prompt_cache_key`, else by the messages it opened with. Those alone do not tell two
conversations that open alike from one that goes on: so without a name, a conversation stays put from its
second turn on, or where the endpoint was seen to use its cache, and equal first requests are spread as ever.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

from service.types.chat_request import ChatRequest
from service.types.message import Message

_DIGEST_BYTES = 12
_HASHED_CHARS = 65_536


class Conversation(NamedTuple):
    """`key` is the same for all its requests; `named` is whether the caller gave it a name.

    `continued` is whether the model has spoken in it already.
    """

    key: str
    named: bool
    continued: bool

    @property
    def settled(self) -> bool:
        """Whether this is surely one conversation, and not a first request like many others."""
        return self.named or self.continued


def conversation_of(request: ChatRequest, messages: list[Message]) -> Conversation:
    """Tells the conversation of a request, by the messages of the caller's own.

    Different models asked for are different conversations.
    """
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for part in (request.body.model, *(request.routing.models or ()), *(request.routing.sort or ())):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    name = request.session_id or request.prompt_cache_key
    if name:
        digest.update(b"\1" + name.encode("utf-8", "surrogatepass"))
    else:
        for opening in _opening(messages):
            digest.update(b"\2")
            for part in _pieces(opening):
                digest.update(part)
    continued = any(message.role == "assistant" for message in messages)
    return Conversation(digest.hexdigest(), named=bool(name), continued=continued)


def _opening(messages: list[Message]) -> Iterator[Message]:
    """The first instructions and the first message that is none."""
    instructions = ("system", "developer")
    for kind in (True, False):
        yield from [each for each in messages if (each.role in instructions) is kind][:1]


def _pieces(message: Message) -> Iterator[bytes]:
    """What the message says, each part of it as far as it is worth hashing."""
    content = message.content
    for part in [content] if isinstance(content, str) else content or ():
        if isinstance(part, str):
            said = part
        else:
            linked = part.image_url or part.video_url or part.input_video
            file, audio = part.file, part.input_audio
            said = part.text or (linked.url if linked else "") or (audio.data if audio else "")
            said = said or (file.file_data or file.file_id or "" if file else "")
        yield said[:_HASHED_CHARS].encode("utf-8", "surrogatepass")
