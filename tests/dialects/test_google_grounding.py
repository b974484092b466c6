"""What Gemini's answers rest on: sources and citations, with their places in characters."""

import pytest

from service.types.chunk import Chunk
from tests.dialects.google_answering import TEXT, Json, candidate, choice, stream, whole

GROUNDED = "Grüße aus **Paris**. 18 Grad."
SUPPORTS = [
    {"segment": {"endIndex": 22, "text": "Grüße aus **Paris**."}, "groundingChunkIndices": [0, 1]},
    {"segment": {"startIndex": 2, "endIndex": 5, "text": "18 Grad."}, "groundingChunkIndices": [2, 9]},
    {"segment": {"startIndex": 0, "endIndex": 9999, "text": "not there"}, "groundingChunkIndices": [2]},
]
CHUNKS: list[Json] = [
    {"web": {"uri": "https://a.test", "title": "A", "domain": "a.test"}},
    {"retrievedContext": {"fileSearchStore": "s", "text": "Paris is ..."}},
    {"maps": {"uri": "https://maps.test", "title": "M", "text": "place"}},
    {"web": {"uri": "https://unused.test"}},
]
FIRST = {"start_index": 0, "end_index": 20}
CITED: list[Json] = [
    {"type": "url_citation", "url_citation": {"url": "https://a.test", "title": "A", **FIRST}},
    {"type": "file_citation", "file_citation": {"fileSearchStore": "s", "text": "Paris is ...", **FIRST}},
    {
        "type": "url_citation",
        "url_citation": {
            "url": "https://maps.test",
            "title": "M",
            "content": "place",
            "start_index": 21,
            "end_index": 29,
        },
    },
    {
        "type": "url_citation",
        "url_citation": {"url": "https://maps.test", "title": "M", "content": "place"},
    },
    {"type": "url_citation", "url_citation": {"url": "https://unused.test"}},
    {
        "type": "url_citation",
        "url_citation": {"url": "https://c.test", "title": "C", "start_index": 4, "end_index": 5},
    },
    {"type": "file_citation", "file_citation": {"license": "mit"}},
]


@pytest.mark.parametrize("name", ["citationSources", "citations"])
def test_sources_with_places_in_characters(name: str) -> None:
    members: Json = {
        "groundingMetadata": {
            "groundingChunks": CHUNKS,
            "groundingSupports": SUPPORTS,
            "webSearchQueries": ["q"],
        },
        # The "e" of "Grüße": two characters before it take two bytes each.
        "citationMetadata": {
            name: [
                {"startIndex": 6, "endIndex": 7, "uri": "https://c.test", "title": "C"},
                {"license": "mit"},
            ]
        },
        "urlContextMetadata": {"urlMetadata": [{"retrievedUrl": "https://a.test"}]},
        "avgLogprobs": -0.5,
    }
    pieces = [candidate({"text": GROUNDED[:9]}, reason=None), candidate({"text": GROUNDED[9:]}, **members)]
    got, streamed = choice(whole(candidate({"text": GROUNDED}, **members))), choice(stream(*pieces))

    assert streamed == got
    assert got.extra["provider_metadata"] == members
    for cited, expected in zip(got.delta.annotations or (), CITED, strict=True):
        assert cited == expected
    for cited in (got.delta.annotations or ())[:1]:
        place = cited["url_citation"]
        assert GROUNDED[place["start_index"] : place["end_index"]] == "Grüße aus **Paris**."


def cited(answer: Chunk) -> list[Json]:
    return [each.get("url_citation") or each for each in choice(answer).delta.annotations or ()]


def test_sources_may_come_in_any_order() -> None:
    """Chunks before their supports, a citation before its text: a stream says what a whole answer says."""
    chunks, supports = {"groundingChunks": CHUNKS[:1]}, {"groundingSupports": SUPPORTS[:1]}
    source = {"citationSources": [{"startIndex": 0, "endIndex": 2, "uri": "https://c.test"}]}
    second = {"citationSources": [{"startIndex": 8, "endIndex": 11, "uri": "https://d.test"}]}
    pieces = [
        candidate(reason=None, citationMetadata=source, groundingMetadata=chunks),
        candidate({"text": GROUNDED[:9]}, reason=None, citationMetadata=second),
        candidate({"text": GROUNDED[9:]}, reason=None, groundingMetadata=supports),
        candidate(),
    ]
    both = {"citationSources": source["citationSources"] + second["citationSources"]}
    told = whole(candidate({"text": GROUNDED}, groundingMetadata=chunks | supports, citationMetadata=both))

    assert stream(*pieces) == told
    assert cited(told) == [
        {"url": "https://a.test", "title": "A", **FIRST},
        {"url": "https://c.test", "start_index": 0, "end_index": 2},
        {"url": "https://d.test", "start_index": 6, "end_index": 9},
    ]


def test_a_segment_counts_from_its_part() -> None:
    supports = [
        {"segment": {"partIndex": 2, "startIndex": None, "endIndex": 3}, "groundingChunkIndices": [0]},
        {"segment": {"partIndex": 0, "startIndex": 0, "endIndex": None}, "groundingChunkIndices": [3]},
        {"segment": {"partIndex": 9, "endIndex": 2, "text": "Hé"}, "groundingChunkIndices": [2]},
    ]
    grounding: Json = {"groundingChunks": CHUNKS, "groundingSupports": supports}
    parts: list[Json] = [{"text": "Hm", "thought": True}, {"text": "Hét "}, {"text": "été"}]

    first, unplaced, found, *_ = cited(whole(candidate(*parts, index=None, groundingMetadata=grounding)))

    assert (first["start_index"], first["end_index"]) == (4, 6)
    assert unplaced == {"url": "https://unused.test"}
    assert (found["start_index"], found["end_index"]) == (0, 2)


def test_repeated_sources_are_told_once() -> None:
    grounding: Json = {"groundingMetadata": {"groundingChunks": CHUNKS[:1]}}
    got = choice(stream(candidate(TEXT, reason=None, **grounding), candidate(TEXT, **grounding)))

    assert len(got.delta.annotations or ()) == 1
