"""The two doors of saved routers, spoken to in one way: REST through Envoy, and generated stubs."""

import json
from typing import Any, NamedTuple, Protocol

import grpc
import httpx
from google.longrunning import operations_pb2
from google.protobuf import field_mask_pb2, json_format
from google.protobuf.message import Message as ProtoMessage

from pointsman.v1 import (
    chat_completion_request_pb2,
    chat_completion_service_pb2_grpc,
    router_operation_pb2,
    router_pb2,
    router_service_pb2,
    router_service_pb2_grpc,
)
from tests.grpc.callers import SECONDS, failure

ROUTERS = "/router/v1/routers"
CHAT = "/v1/chat/completions"
_KNOWN = router_operation_pb2.RouterOperationMetadata  # what operations hold can be read when it is known
_TOP = {"displayName": "display_name", "defaultRoute": "default_route"}


class Answer(NamedTuple):
    """What a chat was answered, as far as routers are concerned."""

    model: str
    metadata: dict[str, Any]


class RefusedError(Exception):
    """A failure as programs read it: `reason` is the stable word, `fields` the paths of what is wrong."""

    def __init__(self, reason: str, status: int, message: str, fields: list[str]) -> None:
        super().__init__(f"{status} {reason}: {message} {fields}")
        self.reason = reason
        self.status = status
        self.message = message
        self.fields = fields


class Door(Protocol):
    """One way in."""

    name: str

    def create(self, router: dict[str, Any]) -> dict[str, Any]:
        """Creates a router; gives the operation."""

    def get(self, name: str) -> dict[str, Any]:
        """Gives a router, its members in snake_case."""

    def page(self, page_size: int = 0, page_token: str = "") -> tuple[list[dict[str, Any]], str]:
        """Gives a page and the token of the next one."""

    def update(self, name: str, router: dict[str, Any], mask: str = "") -> dict[str, Any]:
        """Updates a router; gives the operation."""

    def delete(self, name: str) -> None:
        """Deletes a router."""

    def operation(self, name: str) -> dict[str, Any]:
        """Polls an operation."""

    def chat(
        self,
        model: str,
        messages: list[dict[str, Any]] | None = None,
        *,
        metadata: dict[str, Any] | None = None,
        variables: dict[str, str] | None = None,
        models: list[str] | None = None,
        **parameters: Any,
    ) -> Answer:
        """Asks; parameters are members of the body that both doors name alike."""


class RestDoor:
    """JSON through Envoy."""

    name = "rest"

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def create(self, router: dict[str, Any]) -> dict[str, Any]:
        return self._json("POST", ROUTERS, json=router)

    def get(self, name: str) -> dict[str, Any]:
        return _snake(self._json("GET", f"{ROUTERS}/{name}"))

    def page(self, page_size: int = 0, page_token: str = "") -> tuple[list[dict[str, Any]], str]:
        asked = {"page_size": page_size, "page_token": page_token}
        answer = self._json("GET", ROUTERS, params={key: value for key, value in asked.items() if value})
        return [_snake(each) for each in answer["routers"]], answer.get("nextPageToken", "")

    def update(self, name: str, router: dict[str, Any], mask: str = "") -> dict[str, Any]:
        params = {"update_mask": mask} if mask else {}
        return self._json("PATCH", f"{ROUTERS}/{name}", json=router, params=params)

    def delete(self, name: str) -> None:
        assert self._json("DELETE", f"{ROUTERS}/{name}") == {}

    def operation(self, name: str) -> dict[str, Any]:
        return self._json("GET", f"/lro/v1alpha/{name}")

    def chat(
        self,
        model: str,
        messages: list[dict[str, Any]] | None = None,
        *,
        metadata: dict[str, Any] | None = None,
        variables: dict[str, str] | None = None,
        models: list[str] | None = None,
        **parameters: Any,
    ) -> Answer:
        given = {"metadata": metadata, "prompt_variables": variables, "models": models}
        extra = {key: value for key, value in given.items() if value is not None}
        body = {"model": model, "messages": messages or HI, **parameters}
        answer = self._json("POST", CHAT, json=body | ({"extra_body": extra} if extra else {}))
        return Answer(answer["model"], answer["metadata"])

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        response = self._http.request(method, path, **options)
        body: dict[str, Any] = response.json()
        if response.is_success:
            return body
        if "error" in body:  # OpenAI's shape
            error = body["error"]
            raise RefusedError(error["code"], response.status_code, error["message"], [error["param"] or ""])
        details = {each["@type"].rpartition(".")[2]: each for each in body["details"]}
        fields = [each["field"] for each in details.get("BadRequest", {}).get("field_violations", ())]
        raise RefusedError(
            details["ErrorInfo"]["reason"].lower(), response.status_code, body["message"], fields
        )


class GrpcDoor:
    """Generated stubs, through Envoy too."""

    name = "grpc"

    def __init__(self, channel: grpc.Channel) -> None:
        self._routers: Any = router_service_pb2_grpc.RouterServiceStub(channel)
        self._chat: Any = chat_completion_service_pb2_grpc.ChatCompletionServiceStub(channel)

    def create(self, router: dict[str, Any]) -> dict[str, Any]:
        return _printed(
            self._call(
                self._routers.CreateRouter, router_service_pb2.CreateRouterRequest(router=_typed(router))
            )
        )

    def get(self, name: str) -> dict[str, Any]:
        return _printed(self._call(self._routers.GetRouter, router_service_pb2.GetRouterRequest(name=name)))

    def page(self, page_size: int = 0, page_token: str = "") -> tuple[list[dict[str, Any]], str]:
        asked = router_service_pb2.ListRoutersRequest(page_size=page_size, page_token=page_token)
        answer: Any = self._call(self._routers.ListRouters, asked)
        return [_printed(each) for each in answer.routers], answer.next_page_token

    def update(self, name: str, router: dict[str, Any], mask: str = "") -> dict[str, Any]:
        paths = [path for path in mask.split(",") if path]
        request = router_service_pb2.UpdateRouterRequest(
            router=_typed(router | {"name": name}),
            update_mask=field_mask_pb2.FieldMask(paths=paths) if paths else None,
        )
        return _printed(self._call(self._routers.UpdateRouter, request))

    def delete(self, name: str) -> None:
        self._call(self._routers.DeleteRouter, router_service_pb2.DeleteRouterRequest(name=name))

    def operation(self, name: str) -> dict[str, Any]:
        request = operations_pb2.GetOperationRequest(name=name)
        return _printed(self._call(self._routers.GetOperation, request))

    def chat(
        self,
        model: str,
        messages: list[dict[str, Any]] | None = None,
        *,
        metadata: dict[str, Any] | None = None,
        variables: dict[str, str] | None = None,
        models: list[str] | None = None,
        **parameters: Any,
    ) -> Answer:
        routing: dict[str, Any] = {"models": models or [], "prompt_variables": variables or {}}
        if metadata is not None:
            routing["metadata_json"] = json.dumps(metadata)
        typed = [_typed_message(each) for each in messages or HI]
        body = {"model": model, "messages": typed, "routing": routing, **parameters}
        request = json_format.ParseDict(body, chat_completion_request_pb2.ChatCompletionRequest())
        answer: Any = self._call(self._chat.CreateChatCompletion, request)
        return Answer(answer.model, _printed(answer.metadata))

    def _call(self, method: Any, request: Any) -> ProtoMessage:
        try:
            answer: ProtoMessage = method(request, timeout=SECONDS)
        except grpc.RpcError as error:
            told = failure(error)
            try:
                fields = list(told.violations)
            except StopIteration:
                fields = []
            raise RefusedError(told.info.reason.lower(), told.http_status, told.message, fields) from error
        return answer


HI: list[dict[str, Any]] = [{"role": "user", "content": "Hi"}]


def _typed(router: dict[str, Any]) -> router_pb2.Router:
    """Refuses what is no field, as stubs do."""
    return json_format.ParseDict(router, router_pb2.Router())


def _typed_message(message: dict[str, Any]) -> dict[str, Any]:
    typed = message | {"role": f"ROLE_{message['role'].upper()}"}
    if isinstance(content := message.get("content"), list):
        typed |= {"content": None, "parts": [{"text": part["text"]} for part in content]}
    return {key: value for key, value in typed.items() if value is not None}


def _printed(message: ProtoMessage) -> dict[str, Any]:
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def _snake(router: dict[str, Any]) -> dict[str, Any]:
    return {_TOP.get(name, name): value for name, value in router.items()}
