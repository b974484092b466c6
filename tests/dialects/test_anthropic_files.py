"""Media that Anthropic fetches itself, and media that is fetched for it."""

import base64
import json
from typing import Any

import pytest

from service.dialects.anthropic import Anthropic
from service.errors import InvalidRequest
from service.types.media import Media
from tests.asking import chat
from tests.dialects.anthropic_asking import endpoint


@pytest.mark.parametrize(
    ("part", "type_", "wanted"),
    [
        (
            {"type": "image_url", "image_url": {"url": "http://a.test/x"}},
            "text/html",
            "must be a JPEG, PNG, GIF or WebP image, got text/html",
        ),
        (
            {"type": "file", "file": {"file_data": "http://a.test/x"}},
            "application/zip",
            "must be an image, a PDF or text, got application/zip",
        ),
        (
            {"type": "file", "file": {"file_data": "http://a.test/x"}},
            "text/plain",
            "is not UTF-8 text, but was said to be text/plain",
        ),
    ],
)
def test_what_was_fetched_has_to_be_readable(part: Any, type_: str, wanted: str) -> None:
    request = chat(messages=[{"role": "user", "content": [part]}])

    with pytest.raises(InvalidRequest) as refused:
        Anthropic().encode(request, endpoint(), {"http://a.test/x": Media(type_, "/w==")})
    assert [each.description for each in refused.value.violations] == [wanted]


@pytest.mark.parametrize(
    ("url", "name", "fetched"),
    [
        ("https://a.test/x.pdf", None, False),
        ("https://a.test/x", None, False),
        ("https://a.test/x.PNG?y=z.txt", None, False),
        ("https://a.test/x.txt", None, True),
        ("https://a.test/x", "x.csv", True),
        ("HTTP://a.test/x.pdf", None, True),
        ("gs://a/x.pdf", None, False),
    ],
)
def test_anthropic_fetches_images_and_pdf(url: str, name: str | None, fetched: bool) -> None:
    file = {"type": "file", "file": {"file_data": url, "filename": name}}
    request = chat(messages=[{"role": "user", "content": [file]}])

    assert Anthropic().links(request, endpoint()) == ((url,) if fetched else ())


def test_plain_http_is_fetched_for_anthropic() -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": url}} for url in ("http://a.test/x", "https://a.test/y")
    ]
    request = chat(messages=[{"role": "user", "content": parts}])
    data = base64.b64encode(b"gif").decode()

    assert Anthropic().links(request, endpoint()) == ("http://a.test/x",)
    upstream = Anthropic().encode(request, endpoint(), {"http://a.test/x": Media("image/gif", data)})
    first, second = json.loads(upstream.body)["messages"][0]["content"]
    assert first["source"] == {"type": "base64", "media_type": "image/gif", "data": data}
    assert second["source"] == {"type": "url", "url": "https://a.test/y"}
