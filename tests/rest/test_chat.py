"""A chat completion over REST, as curl would send it."""

import httpx

MESSAGES = [{"role": "user", "content": "Hi"}]


def test_answers_whole(http: httpx.Client) -> None:
    response = http.post("/v1/chat/completions", json={"model": "fake/hello", "messages": MESSAGES})

    assert response.status_code == 200
    answer = response.json()
    assert answer["choices"][0]["message"]["content"] == "Hello"
    assert answer["id"] == f"chatcmpl-{answer['metadata']['generation_id']}"
    assert answer["model"] == "fake/hello"
