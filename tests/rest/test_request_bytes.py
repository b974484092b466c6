"""What a request says reaches an OpenAI-compatible vendor byte for byte."""

import json
from typing import Any

import pytest

from tests.rest.scene import PATH, Scene
from tests.upstreams.fake_vendor import hello

SCHEMA = (
    b'{"type":"object","properties":{"zeta":{"maxItems":3},"alpha":{"$x":1.50}},"required":["zeta","alpha"]}'
)
TOOLS = (
    b'[{"type":"function","x-cache":true,"function":{"name":"f","parameters":'
    + SCHEMA
    + b',"vendor":[1, 2]}}]'
)
FORMAT = b'{"type":"json_schema","json_schema":{"name":"out","schema":' + SCHEMA + b',"hint":1e-7}}'
MESSAGES = (
    b'[{"role":"developer","content":"S","x":12345678901234567890},'
    b' {"role":"user","content":[{"type":"text","text":"\\u00e4\xc3\xa4\xf0\x9f\x9a\x82\\ud83d\\ude82",'
    b'"cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"vendor_part","b":1,"a":2}]},'
    b'{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":'
    b'{"name":"f","arguments":"{\\"z\\": 1}"},"extra_content":{"sig":"x"}}],"reasoning_content":"why"},'
    b'{"role":"tool","tool_call_id":"c1","content":"42","name":"f"}]'
)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("messages", MESSAGES),
        ("tools", TOOLS),
        ("response_format", FORMAT),
        ("vendor_number", b"12345678901234567890"),
        ("vendor_number", b"1.50"),
        ("vendor_number", b"1e-7"),
        ("vendor_number", b"-0.0"),
        ("vendor_text", '"grün 🚂 \\u00e9 \\ud83d\\ude82 <&> \\/"'.encode()),
        ("vendor_object", b'{"z": 1, "a": {"y": null, "b": []}, "z2" : 0.10}'),
        ("temperature", b"1.50"),
        ("seed", b"9223372036854775807"),
        ("stop", b'"END"'),
        ("stop", b'["a", "b"]'),
        ("logit_bias", b'{"50256": -100, "1": 1.5}'),
        ("tool_choice", b'"required"'),
        ("tool_choice", b'{"type":"function","function":{"name":"f"}}'),
        ("metadata", b'{"team": "blue"}'),
        ("web_search_options", b'{"search_context_size":"low","vendor":1}'),
        ("reasoning_effort", b'"xhigh"'),
        ("modalities", b'["text", "audio"]'),
        ("audio", b'{"voice":"x","format":"pcm16"}'),
        ("prediction", b'{"type":"content","content":"abc"}'),
        ("top_k", b"40"),
        ("min_p", b"0.05"),
        ("repetition_penalty", b"1.1"),
        ("store", b"true"),
        ("verbosity", b'"low"'),
        ("chat_template_kwargs", b'{"enable_thinking": false}'),
    ],
)
def test_members_arrive_as_sent(scene: Scene, member: str, value: bytes) -> None:
    scene.plays(hello)

    answer = scene.ask_raw(b'"%s": %s' % (member.encode(), value))

    assert answer.status_code == 200, answer.text
    assert scene.call.members[member] == value


def test_members_arrive_in_their_order(scene: Scene) -> None:
    body = b'{"zz":1,"stream":false,"messages":[{"content":"Hi","role":"user"}],"aa":2,"model":"%s","mm":3}'

    assert scene.plays(hello).post(body % scene.model.encode()).is_success

    assert list(scene.call.members) == ["zz", "stream", "messages", "aa", "model", "mm"]
    assert scene.call.members["messages"] == b'[{"content":"Hi","role":"user"}]'
    assert scene.call.json["model"] == scene.name


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        ({"temperature": None, "stop": None, "tools": None, "unknown": None, "sort": None}, {}),
        ({"extra_body": None, "provider_credentials": None}, {}),
        ({"extra_body": {}}, {}),
        ({"extra_body": {"models": None, "ignore": [], "web_search": False}}, {}),
        ({"logit_bias": [{"token_id": "7", "bias_value": -5}]}, {"logit_bias": {"7": -5}}),
        ({"reasoning": {"effort": "high"}}, {"reasoning_effort": "high"}),
        ({"reasoning": {}}, {"reasoning_effort": "medium"}),
        ({"reasoning": {"enabled": False}}, {"reasoning_effort": "none"}),
        ({"reasoning": {"effort": "low"}, "reasoning_effort": "high"}, {"reasoning_effort": "low"}),
        ({"extra_body": {"reasoning": {"effort": "low"}}}, {"reasoning_effort": "low"}),
        (
            {"reasoning": {"effort": "high"}, "extra_body": {"reasoning": {"effort": "low"}}},
            {"reasoning_effort": "low"},
        ),
        (
            {"extra_body": {"web_search_options": {"search_context_size": "low"}}},
            {"web_search_options": {"search_context_size": "low"}},
        ),
        ({"stream_options": {"include_usage": True}}, {}),
        (
            {"stream": True, "stream_options": {"include_usage": False, "include_obfuscation": False}},
            {"stream": True, "stream_options": {"include_usage": True, "include_obfuscation": False}},
        ),
        ({"stream": True}, {"stream": True, "stream_options": {"include_usage": True}}),
    ],
)
def test_what_pointsman_changes(scene: Scene, sent: dict[str, Any], arrives: dict[str, Any]) -> None:
    response = scene.plays(hello).ask(**sent)

    assert response.status_code == 200, response.text
    expected = scene.body(**arrives) | {"model": scene.name}
    assert scene.call.json == expected


@pytest.mark.parametrize(
    "content",
    [
        "text",
        "",
        [{"type": "text", "text": "a"}],
        [{"type": "image_url", "image_url": {"url": "https://x.test/i.png", "detail": "low"}}],
        [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}],
        [{"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}],
        [
            {
                "type": "file",
                "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="},
            }
        ],
    ],
)
def test_forms_of_content(scene: Scene, content: Any) -> None:
    messages = [{"role": "user", "content": content}]

    assert scene.plays(hello).ask(messages=messages).is_success

    assert scene.call.json["messages"] == messages


def test_the_vendor_gets_its_own_key_and_none_of_the_callers_headers(scene: Scene) -> None:
    scene.plays(hello).ask(
        headers={"cookie": "session=1", "x-request-id": "r-1", "openai-organization": "org"}
    )

    sent = scene.call.headers
    assert sent["authorization"] == "Bearer sk-fake-upstream-key"
    assert sent["content-type"] == "application/json"
    assert not {"cookie", "x-request-id", "openai-organization", "x-forwarded-for"} & sent.keys()
    assert not [name for name in sent if name.startswith(("x-envoy", "grpc"))]


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "text/plain", "application/x-foo"]
)
def test_the_content_type_does_not_matter(scene: Scene, content_type: str) -> None:
    body = json.dumps(scene.plays(hello).body()).encode()

    assert scene.post(body, **{"content-type": content_type}).is_success


def test_ten_megabytes_up_and_down(scene: Scene) -> None:
    size = 10_000_000

    async def echo(call: Any) -> None:
        text = call.json["messages"][0]["content"]
        message = {"role": "assistant", "content": text}
        await call.reply({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    text = "ä" + "x" * size
    answer = scene.plays(echo).ask(messages=[{"role": "user", "content": text}])

    assert answer.status_code == 200
    assert answer.json()["choices"][0]["message"]["content"] == text


def test_unknown_query_parameters_are_ignored(scene: Scene) -> None:
    scene.plays(hello)

    response = scene.http.post(f"{PATH}?beta=true&api-version=2024-10-21&model=x", json=scene.body())

    assert response.status_code == 200
    assert scene.call.json == scene.body() | {"model": scene.name}
