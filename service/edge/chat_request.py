"""The body of a chat completion in the OpenAI dialect, to a `ChatRequest`.

Strict where routing is concerned: a misspelt or misplaced routing option is refused by name. Lenient where
models are: an unknown sampling parameter is handed on.
"""

import msgspec
from msgspec import Raw

from service.errors import InvalidRequest, NotServed, Violation
from service.types import checked
from service.types.chat_request import ChatBody, ChatRequest
from service.types.routing_options import RoutingOptions

_ROUTING = tuple(field.name for field in msgspec.structs.fields(RoutingOptions))
# Known options of the contracts for which there is no struct because nothing serves them yet.
_OTHER_OPTIONS = ("provider_credentials", "plugins", "route", "transforms", "preset", "session_id", "trace")
_OPTIONS = ("extra_body", *_ROUTING, *_OTHER_OPTIONS)
# OpenAI has parameters of these names; they reach the provider when they stand at top level.
_HANDED_ON = ("metadata", "web_search_options")
_KNOWN = frozenset(field.name for field in msgspec.structs.fields(ChatBody)) | {*_OPTIONS}
_OWN = frozenset(_OPTIONS) - {*_HANDED_ON}
_MAX_MEMBERS = 256
_MAX_MISSPELT = 50
_UNSERVED = ("models", "ignore", "sort", "provider", "fallback", "prompt_variables", "web_search")
_UNSERVED_REASONING = ("context", "mode")


def parse(data: bytes) -> ChatRequest:
    """Checks a body and takes it apart.

    Raises `InvalidRequest` with every violation, and `NotServed` for options that nothing serves yet.
    """
    _check_utf8(data)
    members = {
        name: value for name, value in checked.decode(data, dict[str, Raw]).items() if bytes(value) != b"null"
    }
    if len(members) > _MAX_MEMBERS:
        raise InvalidRequest(
            [Violation("", f"has {len(members)} members; at most {_MAX_MEMBERS} are allowed")]
        )
    violations = _misspelt(members)[:_MAX_MISSPELT]
    try:
        body = checked.decode(data, ChatBody)
    except InvalidRequest as error:
        raise InvalidRequest([*error.violations, *violations]) from None
    if violations:
        raise InvalidRequest(violations)
    request = _join(body, members)
    _refuse_unserved(request, members)
    return request


def _check_utf8(data: bytes) -> None:
    """Looks at every byte: the decoder looks only into strings that it reads, not into those handed on."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest([Violation("", f"the body is not valid UTF-8 (byte {error.start})")]) from None


def _join(body: ChatBody, members: dict[str, Raw]) -> ChatRequest:
    nested = body.extra_body or RoutingOptions()
    if nested.web_search_options is not None:
        members["web_search_options"] = checked.decode(members["extra_body"], dict[str, Raw])[
            "web_search_options"
        ]
    routing = msgspec.structs.replace(
        nested,
        **{
            name: getattr(body, name)
            for name in _ROUTING
            if name not in _HANDED_ON and getattr(nested, name) is None
        },
    )
    if routing.web_search and "web_search_options" in members:
        raise InvalidRequest([Violation("web_search", "cannot be combined with web_search_options")])
    handed_on = {name: value for name, value in members.items() if name not in _OWN}
    return ChatRequest(body=body, members=handed_on, routing=routing, reasoning=routing.reasoning)


def _misspelt(members: dict[str, Raw]) -> list[Violation]:
    """Finds unknown names within one edit of a routing option: they would otherwise reach a model unread."""
    return [
        Violation(name, f"unknown option; did you mean '{option}'?")
        for name in members
        if name not in _KNOWN
        for option in _OPTIONS
        if _within_one_edit(name, option)
    ]


def _within_one_edit(one: str, other: str) -> bool:
    """Whether one insertion, deletion, replacement or swap of neighbours leads from one to the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])


def _refuse_unserved(request: ChatRequest, members: dict[str, Raw]) -> None:
    fields = [name for name in _UNSERVED if getattr(request.routing, name)]
    fields += [name for name in _OTHER_OPTIONS if name in members]
    if request.routing.metadata:
        fields.append("extra_body.metadata")
    if request.reasoning:
        fields += [f"reasoning.{name}" for name in _UNSERVED_REASONING if getattr(request.reasoning, name)]
    fields += [
        f"messages[{place}].compression"
        for place, message in enumerate(request.body.messages)
        if message.compression
    ]
    if fields:
        raise NotServed(fields)
