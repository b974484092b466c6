"""Asks the running server over REST. The standard library's client, as it is there at once."""

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.admission.keys import bootstrap_key, key_path
from service.settings import ServerSettings, Settings
from service.upstream.sse import SseDecoder

_CONNECT_SECONDS = 5.0
# The server sends a ping in every silence; so long a one is the end.
_SILENCE_SECONDS = 120.0
_CHUNK_BYTES = 65_536
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class AskError(Exception):
    """The server was not reached or did not answer as asked; the message is one line for people.

    `status` is the HTTP status it refused with, None without an answer. `faults` are the lines of a refusal
    that has several, each with the path of what is wrong.
    """

    def __init__(self, message: str, status: int | None = None, faults: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.faults = tuple(faults)


def key_of(settings: Settings) -> str:
    """The key that opens the server, where it can be found; none is made. Raises `AskError`."""
    if settings.api_key is None and not key_path(settings).exists():
        raise AskError(f"no key: set POINTSMAN_API_KEY, or start where the server keeps {key_path(settings)}")
    try:
        return bootstrap_key(settings).reveal()
    except OSError as error:
        raise AskError(f"no key: {error}") from None


class Server:
    """The server that the settings describe.

    It is given up after so many seconds without a connection, or without a byte of an answer.
    """

    def __init__(
        self,
        settings: ServerSettings,
        key: str,
        *,
        connect_seconds: float = _CONNECT_SECONDS,
        silence_seconds: float = _SILENCE_SECONDS,
    ) -> None:
        self._host = _LOOPBACK.get(settings.host, settings.host)
        self._port = settings.port
        self._key = key
        self._connect_seconds = connect_seconds
        self._silence_seconds = silence_seconds

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Asks for one JSON object. Raises `AskError`."""
        with self._ask(method, path, body) as response:
            return self._json(response)

    def models(self) -> list[dict[str, Any]]:
        """The models that are served, in OpenAI's shape. Raises `AskError`."""
        with self._ask("GET", "/v1/models") as response:
            listed = self._json(response).get("data")
        return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []

    def first_model(self) -> str:
        """The model that is listed first. Raises `AskError`."""
        listed = self.models()
        if not listed:
            raise AskError("the server lists no model; name one with --model")
        return str(listed[0]["id"])

    def explain(self, body: dict[str, Any], flavour: str) -> dict[str, Any]:
        """What would be done with a chat request. Raises `AskError`."""
        with self._ask("POST", f"/router/v1/explain?flavour={flavour}", body) as response:
            told = self._json(response)
        if not isinstance(told.get("candidates"), list):
            raise AskError(f"what listens on {self._host}:{self._port} does not explain")
        return told

    def stream(
        self, model: str, messages: list[dict[str, str]], members: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """The chunks of an answer as they come; the request has other `members` besides.

        Raises `AskError`, also when the answer is cut off.
        """
        body = {**members, "model": model, "messages": messages, "stream": True}
        events = SseDecoder()
        with self._ask("POST", "/v1/chat/completions", body) as response:
            while data := self._read(response):
                for event in events.feed(data):
                    if event.data == b"[DONE]":
                        return
                    chunk = _members(event.data)
                    if error := chunk.get("error"):
                        raise AskError(_one_line(error.get("message", error)))
                    yield chunk
        raise AskError("the answer was cut off")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._connect_seconds)
        # The answer owns the connection, and closes it with itself.
        headers = {"authorization": f"Bearer {self._key}", "connection": "close"}
        if body is not None:
            headers["content-type"] = "application/json"
        try:
            connection.connect()
            connection.sock.settimeout(self._silence_seconds)
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._unreachable(error) from None
        if response.status >= http.client.BAD_REQUEST:
            with response:
                raise self._refused(response)
        return response

    def _unreachable(self, error: Exception) -> AskError:
        where = f"{self._host}:{self._port}"
        if isinstance(error, ConnectionRefusedError):
            return AskError(f"nothing listens on {where}; `pointsman up` starts the server")
        return AskError(f"the server at {where} cannot be asked: {_one_line(str(error))}")

    def _refused(self, response: http.client.HTTPResponse) -> AskError:
        where, status = f"{self._host}:{self._port}", response.status
        if status == http.client.UNAUTHORIZED:
            return AskError(f"the server at {where} does not know this key", status)
        told = self._json(response)
        try:
            message = _one_line(told["error"]["message"] if "error" in told else told["message"])
        except (KeyError, TypeError):
            message = f"the server at {where} answered with status {status}"
        return AskError(message, status, _faults(told.get("details")))

    def _json(self, response: http.client.HTTPResponse) -> dict[str, Any]:
        try:
            return _members(response.read())
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        try:
            return response.read1(_CHUNK_BYTES)
        except (OSError, http.client.HTTPException):
            return b""


def _members(data: bytes) -> dict[str, Any]:
    """The members of a JSON object; none of what is no object, as something else may listen there."""
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _faults(details: object) -> list[str]:
    """The violations of a `google.rpc.BadRequest` among the details of a status."""
    return [
        _one_line(f"{each.get('field') or 'the body'}: {each.get('description')}")
        for detail in _objects(details)
        for each in _objects(detail.get("field_violations"))
    ]


def _objects(found: object) -> list[dict[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
