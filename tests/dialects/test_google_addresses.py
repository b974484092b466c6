"""Gemini at AI Studio and on Vertex AI: the URLs, and what is asked of one of them only."""

import pytest

from service.dialects.google import Google
from service.dialects.google.vertex import GeminiOnVertex
from service.errors import InvalidRequest
from service.types.upstream import Site
from tests.asking import chat
from tests.dialects.google_asking import GEMINI_3, Json, endpoint, part, sent

PATHS = [
    (False, GEMINI_3, None, "v1beta/models/gemini-3-flash-preview"),
    (False, "models/m", None, "v1beta/models/m"),
    (False, "tunedModels/m/../x?y", None, "v1beta/tunedModels/m%2F..%2Fx%3Fy"),
    (True, "m", None, "v1beta1/projects/p%201/locations/global/publishers/google/models/m"),
    (True, "m", Site(), "v1beta1/publishers/google/models/m"),
    (True, "meta/m", Site(project="p"), "v1beta1/projects/p/locations/global/publishers/meta/models/m"),
    (
        True,
        "projects/p/locations/l/endpoints/2",
        Site(project="p"),
        "v1beta1/projects/p/locations/l/endpoints/2",
    ),
    (True, "models/m", Site(), "v1beta1/publishers/google/models/m"),
    (True, "publishers/google/models/m/../x", Site(), "v1beta1/publishers/google/models/m%2F..%2Fx"),
    (True, "a/../../b", Site(), "v1beta1/publishers/a/models/..%2F..%2Fb"),
]


@pytest.mark.parametrize(("vertex", "model", "site", "path"), PATHS)
def test_urls(model: str, site: Site | None, path: str, *, vertex: bool) -> None:
    dialect = GeminiOnVertex() if vertex else Google()
    at = endpoint(model, vertex=vertex, **({} if site is None else {"site": site}))
    for stream, verb in ((False, "generateContent"), (True, "streamGenerateContent?alt=sse")):
        assert dialect.encode(chat(stream=stream), at, {}).url == f"https://g.test/{path}:{verb}"


@pytest.mark.parametrize(
    "model",
    ["projects/other/locations/l/endpoints/2", "projects", "projects/p 1", "projects/p 1/../other/x/y"],
)
def test_another_project_is_not_called(model: str) -> None:
    for site in (Site(project="p 1"), Site()):
        if not (site.project and "/../" in model):
            with pytest.raises(InvalidRequest, match="project"):
                GeminiOnVertex().encode(chat(), endpoint(model, vertex=True, site=site), {})
    climbing = GeminiOnVertex().encode(chat(), endpoint("projects/p 1/../other/x/y", vertex=True), {})
    assert "/../" not in climbing.url


TIERS: list[tuple[str, str | None, bool]] = [
    ("flex", "flex", False),
    ("priority", "priority", False),
    ("default", None, False),
    ("auto", None, False),
    ("scale", None, True),
    ("flex\r\nx-goog-user-project: other", None, True),
]


@pytest.mark.parametrize(("tier", "header", "lost"), TIERS)
def test_vertex_is_asked_for_a_tier_by_header(tier: str, header: str | None, *, lost: bool) -> None:
    request = sent(vertex=True, service_tier=tier)[1]

    assert request.headers.get("x-vertex-ai-llm-shared-request-type") == header
    assert [each.param for each in request.dropped] == ["service_tier"] * lost


def test_a_tier_at_ai_studio() -> None:
    assert sent(service_tier="default")[0]["serviceTier"] == "standard"
    assert "serviceTier" not in sent(service_tier="scale")[0]


def test_platforms_have_their_own_tools_and_files() -> None:
    search: Json = {"tools": [{"type": "file_search", "file_search_store_names": ["s"]}]}
    assert sent(**search)[0]["tools"] == [{"fileSearch": {"fileSearchStoreNames": ["s"]}}]
    by_id: Json = {"messages": part(type="file", file={"file_id": "files/abc"})}
    assert sent(**by_id)[0]["contents"][0]["parts"] == [
        {"fileData": {"fileUri": "https://g.test/v1beta/files/abc"}}
    ]
    at = endpoint(GEMINI_3, vertex=True)
    for members, field in ((search, "tools"), (by_id, "messages[0].content[0].file.file_id")):
        assert [each.field for each in GeminiOnVertex().obstacles(chat(**members), at)] == [field]
