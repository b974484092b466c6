"""The parts of messages as Bedrock takes them: media, files, objects in buckets."""

import time
from typing import Any

import pytest

from service.errors import InvalidRequest
from service.types.media import OPEN, Media
from tests.asking import chat
from tests.dialects.converse import (
    BEDROCK,
    BYTES,
    DATA,
    IMAGE,
    PDF,
    PNG,
    document,
    encoded,
    endpoint_of,
    file,
    image,
    sent,
    user,
)

PARTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("jpg", image(f"data:image/jpg;base64,{DATA}"), {"image": {"format": "jpeg", "source": BYTES}}),
    (
        "S3",
        image("s3://b/a.webp"),
        {"image": {"format": "webp", "source": {"s3Location": {"uri": "s3://b/a.webp"}}}},
    ),
    ("a link", image("https://x.test/a?b"), {"image": {"format": "gif", "source": BYTES}}),
    (
        "audio",
        {"type": "input_audio", "input_audio": {"data": DATA, "format": "wav"}},
        {"audio": {"format": "wav", "source": BYTES}},
    ),
    (
        "video",
        {"type": "video_url", "video_url": {"url": f"data:video/quicktime;base64,{DATA}"}},
        {"video": {"format": "mov", "source": BYTES}},
    ),
    (
        "video by its old name",
        {"type": "input_video", "input_video": {"url": "s3://b/v.3gp"}},
        {"video": {"format": "three_gp", "source": {"s3Location": {"uri": "s3://b/v.3gp"}}}},
    ),
    (
        "PDF",
        file(file_data=PDF, filename="a/Über_the  sea (1).v2.pdf"),
        document("ber the sea (1) v2", "pdf"),
    ),
    ("text", file(file_data=f"data:text/plain;base64,{DATA}"), document("Document", "txt")),
    (
        "Word",
        file(
            file_data="data:application/vnd.openxmlformats-officedocument.wordprocessingml.document;base64,"
            + DATA
        ),
        document("Document", "docx"),
    ),
    (
        "by the name alone",
        file(file_data=f"data:application/octet-stream;base64,{DATA}", filename="table.CSV"),
        document("table", "csv"),
    ),
    (
        "a document in S3",
        file(file_id=" S3://b/d.md"),
        document("Document", "md", {"s3Location": {"uri": "s3://b/d.md"}}),
    ),
    ("a linked document", file(file_data="https://x.test/d.pdf"), document("Document", "pdf")),
    ("a picture as a file", file(file_data=PNG), IMAGE),
]
FETCHED = {
    "https://x.test/a?b": Media("image/gif", DATA),
    "https://x.test/d.pdf": Media("application/pdf", DATA),
    **dict.fromkeys(("s3://b/a.webp", "s3://b/v.3gp", " S3://b/d.md"), OPEN),
}


@pytest.mark.parametrize(("part", "block"), [row[1:] for row in PARTS], ids=[row[0] for row in PARTS])
def test_parts(part: dict[str, Any], block: dict[str, Any]) -> None:
    links = BEDROCK.links(chat(messages=[user(part)]), endpoint_of())
    media = {url: FETCHED[url] for url in links}

    assert sent(media=media, messages=[user(part)])["messages"][0]["content"] == [block]


def test_links_are_told_once() -> None:
    parts = [image("https://x.test/a"), image(), image("HTTP://x.test/b"), image("https://x.test/a")]

    assert BEDROCK.links(chat(messages=[user(*parts)]), endpoint_of()) == [
        "https://x.test/a",
        "HTTP://x.test/b",
    ]


def test_names_of_documents_are_unique() -> None:
    parts = [
        file(file_data=PDF, filename="a.pdf"),
        file(file_data=PDF, filename="a.csv"),
        file(file_data=PDF),
    ]
    blocks = sent(messages=[user(*parts)])["messages"][0]["content"]

    assert [block["document"]["name"] for block in blocks] == ["a", "a (2)", "Document"]


BROKEN = [
    (image("data:image/png;base64,"), "messages[0].content[0].image_url.url"),
    (image(f"data:image/tiff;base64,{DATA}"), "messages[0].content[0].image_url.url"),
    (image("ftp://x.test/a.png"), "messages[0].content[0].image_url.url"),
    (
        {"type": "input_audio", "input_audio": {"data": DATA, "format": "aiff"}},
        "messages[0].content[0].input_audio.format",
    ),
    (
        {"type": "input_audio", "input_audio": {"data": "!", "format": "wav"}},
        "messages[0].content[0].input_audio.data",
    ),
    (image("s3://b/a.png"), "messages[0].content[0].image_url.url"),
    (image(" S3://b/a.png"), "messages[0].content[0].image_url.url"),
    (file(file_data="s3://b/a.pdf"), "messages[0].content[0].file.file_data"),
    (file(file_id="s3://b/a.pdf"), "messages[0].content[0].file.file_id"),
    (file(filename="a.pdf"), "messages[0].content[0].file.file_id"),
    (file(file_id="file-1"), "messages[0].content[0].file.file_id"),
    (file(file_data=f"data:application/zip;base64,{DATA}"), "messages[0].content[0].file.file_data"),
    ({"type": "hologram"}, "messages[0].content[0].type"),
]


@pytest.mark.parametrize(("part", "path"), BROKEN)
def test_what_cannot_be_read_is_told_by_its_path(part: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        encoded(messages=[user(part)])

    assert caught.value.param == path


def test_a_bucket_of_another_cloud_is_refused_even_if_it_is_open() -> None:
    with pytest.raises(InvalidRequest, match="S3"):
        encoded(media={"gs://b/a.png": OPEN}, messages=[user(image("gs://b/a.png"))])


def test_many_files_of_one_name_take_no_time() -> None:
    start = time.perf_counter()
    blocks = sent(messages=[user(*[file(file_data=PDF, filename="a.pdf")] * 3000)])["messages"][0]["content"]

    assert len({block["document"]["name"] for block in blocks}) == 3000
    assert time.perf_counter() - start < 3
