"""ChatRequest to the bytes an OpenAI-compatible provider receives."""

import json
from typing import Any

import pytest

from service.dialects import DIALECTS
from service.edge.chat_request import parse
from service.types.upstream import UpstreamRequest
from tests.asking import ENDPOINT, chat

OPENAI = DIALECTS["openai"]
MESSAGES = '"messages":[{"role":"user","content":"Hi"}]'


def encoded(text: str) -> str:
    return OPENAI.encode(parse(text.encode()), ENDPOINT, {}).body.decode()


def sent(**members: Any) -> dict[str, Any]:
    request: UpstreamRequest = OPENAI.encode(chat(**members), ENDPOINT, {})
    decoded: dict[str, Any] = json.loads(request.body)
    return decoded


VERBATIM = [
    (
        "key order",
        '"tools":[{"type":"function","function":{"name":"f","parameters":{"z":1,"a":{"y":2,"b":3}}}}]',
    ),
    ("big integers", '"x_number":12345678901234567890,"seed":9223372036854775807'),
    ("decimals", '"temperature":1.50,"x":[1e2,-0.0,1.0,0.1000]'),
    ("unicode escapes", r'"user":"\u00e9\ud83d\ude00 \/ é","x":"\u2028"'),
    ("white space", '"x" : { "a" :  [ 1 , 2 ] }'),
    ("unknown parameters", '"safe_prompt":true,"vendor":{"deep":[{"null":null}]}'),
    ("unknown members of known ones", '"response_format":{"type":"text","x":1},"stream_mode":"fast"'),
    ("empty things", '"tools":[],"stop":[],"x":{},"y":""'),
    ("duplicate keys inside", '"x":{"a":1,"a":2}'),
    ("logit bias as a map", '"logit_bias":{"50256":-100,"x":1.5}'),
    ("stop as a string", '"stop":"\\n"'),
    ("stop as a list", '"stop":["a","b"]'),
    (
        "schema",
        '"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"b":{},"a":{}}}}',
    ),
    ("tool choice", '"tool_choice":{"type":"function","function":{"name":"f"}}'),
    ("effort", '"reasoning_effort":"high"'),
    ("penalties and samplers", '"top_k":5,"min_p":0.1,"top_a":0.2,"repetition_penalty":1.10'),
    ("metadata of OpenAI", '"metadata":{"b":"2","a":"1"}'),
    ("web search options of OpenAI", '"web_search_options":{"search_context_size":"low"}'),
]


@pytest.mark.parametrize("members", [row[1] for row in VERBATIM], ids=[row[0] for row in VERBATIM])
def test_members_go_out_as_they_came_in(members: str) -> None:
    def text(model: str) -> str:
        return f'{{{members},"model":"{model}",{MESSAGES}}}'

    # White space between members is ours; inside a member nothing is.
    assert encoded(text("acme/m-1")) == text("m-1").replace('"x" : {', '"x":{')


MESSAGE = (
    '[{"role":"system","name":"s","content":"be \\u0041"},'
    '{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}},'
    '{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}},'
    '{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}},{"type":"hologram","z":1,"a":2}]},'
    '{"role":"assistant","content":null,"reasoning_content":"hm","vendor":1,'
    '"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\\"n\\": 1.0}"}}]},'
    '{"role":"tool","tool_call_id":"c1","content":"4"}]'
)


def test_messages_go_out_as_they_came_in() -> None:
    assert (
        encoded(f'{{"model":"acme/m-1","messages":{MESSAGE}}}') == f'{{"model":"m-1","messages":{MESSAGE}}}'
    )


def test_nothing_is_added_to_a_plain_request() -> None:
    request = OPENAI.encode(chat(), ENDPOINT, {})

    assert request.url == "https://api.acme.test/v1/chat/completions"
    assert request.headers == {"accept": "application/json"}
    assert json.loads(request.body) == {"model": "m-1", "messages": [{"role": "user", "content": "Hi"}]}


def test_the_model_is_replaced_in_its_place() -> None:
    assert (
        encoded(f'{{"a":1,"model":"acme/x/y","b":2,{MESSAGES}}}')
        == f'{{"a":1,"model":"m-1","b":2,{MESSAGES}}}'
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"stream": True}, {"include_usage": True}),
        ({"stream": True, "stream_options": None}, {"include_usage": True}),
        ({"stream": True, "stream_options": {}}, {"include_usage": True}),
        ({"stream": True, "stream_options": {"include_usage": False}}, {"include_usage": True}),
        (
            {"stream": True, "stream_options": {"include_obfuscation": False, "include_usage": True}},
            {"include_obfuscation": False, "include_usage": True},
        ),
        ({"stream": False, "stream_options": {"include_usage": True}}, None),
        ({"stream_options": {"include_usage": True}}, None),
    ],
)
def test_usage_is_always_asked_of_a_stream(given: dict[str, Any], expected: dict[str, Any] | None) -> None:
    assert sent(**given).get("stream_options") == expected


def test_a_stream_asks_for_events() -> None:
    assert OPENAI.encode(chat(stream=True), ENDPOINT, {}).headers == {"accept": "text/event-stream"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"logit_bias": [{"token_id": "5", "bias_value": -100}]}, {"logit_bias": {"5": -100}}),
        (
            {"logit_bias": [{"token_id": "5", "bias_value": 1.5}, {"token_id": "x", "bias_value": 2.0}]},
            {"logit_bias": {"5": 1.5, "x": 2}},
        ),
        ({"logit_bias": []}, {"logit_bias": {}}),
        ({"reasoning": {"effort": "high"}}, {"reasoning_effort": "high"}),
        ({"reasoning": {}}, {"reasoning_effort": "medium"}),
        ({"reasoning": {"enabled": True}}, {"reasoning_effort": "medium"}),
        ({"reasoning": {"effort": "unspecified"}}, {"reasoning_effort": "medium"}),
        ({"reasoning": {"enabled": False, "effort": "high"}}, {"reasoning_effort": "none"}),
        ({"extra_body": {"reasoning": {"effort": "low"}}}, {"reasoning_effort": "low"}),
        (
            {"reasoning": {"effort": "high"}, "extra_body": {"reasoning": {"effort": "low"}}},
            {"reasoning_effort": "low"},
        ),
        ({"reasoning_effort": "low", "reasoning": {"effort": "high"}}, {"reasoning_effort": "high"}),
        ({"extra_body": {}}, {}),
        ({"temperature": None, "tools": None}, {}),
    ],
    ids=str,
)
def test_what_is_said_in_the_providers_words(given: dict[str, Any], expected: dict[str, Any]) -> None:
    plain = {"model": "m-1", "messages": [{"role": "user", "content": "Hi"}]}

    assert sent(**given) == plain | expected


@pytest.mark.parametrize("raw", [b"true", b'"x"', b"[]", b"5"])
def test_a_schema_must_be_an_object(raw: bytes) -> None:
    from service.errors import InvalidRequest

    text = f'{{"model":"m",{MESSAGES},"tools":[{{"function":{{"name":"f","parameters":{raw.decode()}}}}}]}}'
    with pytest.raises(InvalidRequest, match=r"tools\[0\].function.parameters: must be an object"):
        parse(text.encode())
