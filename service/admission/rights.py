"""Which permission a gRPC method needs, as data.

Whoever adds a method adds its row: without one it needs `admin`.
"""

from service.types.permission import Permission

Needed = frozenset[Permission]
"""Any one of these suffices; without any, every key does."""

ANY_KEY: Needed = frozenset()
_CHAT: Needed = frozenset({"chat"})
_EXPLAIN: Needed = frozenset({"chat", "routers.read"})
_READ: Needed = frozenset({"routers.read"})
_WRITE: Needed = frozenset({"routers.write"})
_ADMIN: Needed = frozenset({"admin"})

# Whole services by what their methods' names begin with: whatever is added there needs the same.
_SERVICES: dict[str, Needed | None] = {
    "/grpc.health.v1.Health/": None,
    "/pointsman.v1.RestReadinessService/": None,
    "/grpc.reflection.v1alpha.ServerReflection/": ANY_KEY,
    "/grpc.reflection.v1.ServerReflection/": ANY_KEY,
    "/pointsman.v1.ModelService/": ANY_KEY,
    "/pointsman.v1.RestModelService/": ANY_KEY,
    "/pointsman.v1.OpenRouterModelService/": ANY_KEY,
    "/pointsman.v1.RestService/": _CHAT,
    "/pointsman.v1.OpenRouterChatService/": _CHAT,
    "/pointsman.v1.RestExplainService/": _EXPLAIN,
    "/pointsman.v1.KeyService/": _ADMIN,
    "/pointsman.v1.RestKeyService/": _ADMIN,
}
_ROUTER_METHODS: dict[str, Needed] = {
    "CreateRouter": _WRITE,
    "GetRouter": _READ,
    "ListRouters": _READ,
    "UpdateRouter": _WRITE,
    "DeleteRouter": _WRITE,
    "GetOperation": _READ,
    "SimulateRouter": _READ,
}
# Services whose methods differ, one by one.
_METHODS: dict[str, Needed] = {
    **{f"/pointsman.v1.RouterService/{name}": each for name, each in _ROUTER_METHODS.items()},
    **{f"/pointsman.v1.RestRouterService/{name}": each for name, each in _ROUTER_METHODS.items()},
    "/pointsman.v1.RouterService/ExplainRouter": _EXPLAIN,
    "/pointsman.v1.ExperimentService/GetRouterStats": _READ,
    "/pointsman.v1.ExperimentService/CreateFeedback": _CHAT,
    "/pointsman.v1.RestExperimentService/GetRouterStats": _READ,
    "/pointsman.v1.RestExperimentService/CreateFeedback": _CHAT,
    "/pointsman.v1.ChatCompletionService/CreateChatCompletion": _CHAT,
    "/pointsman.v1.ChatCompletionService/StreamChatCompletion": _CHAT,
    "/pointsman.v1.ChatCompletionService/ExplainChatCompletion": _EXPLAIN,
}


def is_listed(method: str) -> bool:
    """Whether a method, by its full name `/package.Service/Method`, has a row."""
    return method in _METHODS or _prefix(method) in _SERVICES


def needed(method: str) -> Needed | None:
    """What a method needs; None is nothing at all, not even a key."""
    if (found := _METHODS.get(method)) is not None:
        return found
    return _SERVICES.get(_prefix(method), _ADMIN)


def _prefix(method: str) -> str:
    return method[: method.rfind("/") + 1]
