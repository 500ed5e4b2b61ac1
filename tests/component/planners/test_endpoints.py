"""Endpoints that refuse, break off and count: what is sent, what is remembered, what it costs."""

import gzip
import json
from contextlib import suppress

import pytest

from tests.endpoint import answers, chunk, says, says_whole, serving, streams, usage
from treehand.core.errors import ModelError
from treehand.planners.llm import Message, ModelName, ModelSettings
from treehand.planners.llm.asking.meter import Meter
from treehand.planners.llm.contract.chat import ChatRequest
from treehand.planners.llm.endpoints.endpoint_profile import EndpointProfile, ProfileStore

openai_chat = pytest.importorskip("treehand.planners.llm.endpoints.openai_chat")

SCHEMA = {
    "type": "object",
    "properties": {"status": {"type": "string", "enum": ["plan"]}, "goal": {"type": "array"}},
    "required": ["status", "goal"],
    "additionalProperties": False,
}
ANSWER = {"status": "plan", "goal": []}
REQUEST = ChatRequest((Message("system", "Rules."), Message("user", "Hi." * 100)), SCHEMA, 500)


@pytest.fixture
def profiles(tmp_path):
    return ProfileStore(tmp_path / "cache" / "endpoints.json")


def chat_at(endpoint, profiles, **changes):
    known = {"model": "openai:m", "base_url": endpoint.url, "retries": 0, "timeout": 20.0}
    settings = ModelSettings(**(known | changes))
    return openai_chat.OpenAIChat("m", settings, profiles=profiles)


def ask(endpoint, profiles, **changes):
    reply = chat_at(endpoint, profiles, **changes).reply(REQUEST, lambda piece: None)
    return json.loads(reply.text)


def refusing(is_wrong, words, status=400, good=None):
    """Refuse requests for which `is_wrong` holds."""
    good = good or says(ANSWER)

    def act(turn):
        if is_wrong(turn.body):
            turn.send(status, json.dumps({"error": {"message": words}}).encode())
        else:
            good(turn)

    return act


def form_of(body):
    return body.get("response_format", {}).get("type")


REFUSALS = {
    "json_schema": (
        refusing(lambda b: form_of(b) == "json_schema", "This response_format is unavailable now"),
        {"form": "json_object"},
    ),
    "any response format": (
        refusing(lambda b: "response_format" in b, "response_format is not supported"),
        {"form": "tool"},
    ),
    "formats and tools": (
        refusing(lambda b: {"response_format", "tools"} & b.keys(), "unknown field", 422),
        {"form": "text"},
    ),
    "grammar failure with 500": (
        refusing(lambda b: form_of(b) == "json_schema", "failed to parse grammar", 500),
        {"form": "json_object"},
    ),
    "max_tokens": (
        refusing(lambda b: "max_tokens" in b, "'max_tokens': use 'max_completion_tokens'"),
        {"limit_key": "max_completion_tokens"},
    ),
    "any limit": (
        refusing(lambda b: {"max_tokens", "max_completion_tokens"} & b.keys(), "no max_tokens"),
        {"limit_key": "none"},
    ),
    "stream_options": (
        refusing(lambda b: "stream_options" in b, "Unrecognized argument: stream_options"),
        {"counts_stream": False},
    ),
    "streams": (
        refusing(lambda b: b["stream"], "stream=true is not supported", good=says_whole(ANSWER)),
        {"streams": False},
    ),
    "temperature": (
        refusing(lambda b: "temperature" in b, "'temperature' does not support 0 with this model"),
        {"sends_temperature": False},
    ),
    "reasoning effort": (
        refusing(lambda b: "reasoning_effort" in b, "Unknown parameter: reasoning_effort"),
        {"sends_effort": False},
    ),
    "the system's role": (
        refusing(lambda b: b["messages"][0]["role"] == "system", "System role not supported"),
        {"has_system": False},
    ),
    "streams of an unverified account": (
        refusing(
            lambda b: b["stream"],
            "Your organization must be verified to stream this model.",
            403,
            says_whole(ANSWER),
        ),
        {"streams": False},
    ),
    "several at once": (
        refusing(
            lambda b: form_of(b) == "json_schema" or "max_tokens" in b or "stream_options" in b,
            "Bad Request",
        ),
        {"form": "text", "limit_key": "none", "counts_stream": False},
    ),
}


@pytest.mark.parametrize("refused", REFUSALS)
def test_what_an_endpoint_refuses_is_asked_in_another_way_and_remembered(refused, profiles):
    act, learned = REFUSALS[refused]
    options = {"temperature": 0.0, "reasoning_effort": "low"}
    with serving(act) as endpoint:
        assert ask(endpoint, profiles, **options) == ANSWER
        first = len(endpoint.requests)
        assert first > 1
        chat = chat_at(endpoint, profiles, **options)
        assert json.loads(chat.reply(REQUEST, lambda piece: None).text) == ANSWER
        assert len(endpoint.requests) == first + 1
    assert chat.profile == EndpointProfile(**({"limit_key": "max_tokens"} | learned))


def test_the_schema_is_in_the_prompt_where_the_endpoint_takes_none(profiles):
    with serving(says(ANSWER)) as endpoint:
        ask(endpoint, profiles, form="text")
        (request,) = endpoint.requests
    assert "response_format" not in request
    assert json.dumps(SCHEMA) in request["messages"][0]["content"]


def test_a_form_that_is_set_is_kept(profiles):
    act, _ = REFUSALS["json_schema"]
    with serving(act) as endpoint, pytest.raises(ModelError) as caught:
        ask(endpoint, profiles, form="json_schema")
    assert caught.value.finding.code == "request-rejected"
    assert "response_format is unavailable" in caught.value.finding.message


def test_headers_and_further_fields_are_sent(profiles):
    with serving(says(ANSWER)) as endpoint:
        ask(endpoint, profiles, headers={"X-Team": "arm"}, extra_body={"top_k": 1})
        assert endpoint.headers[0]["x-team"] == "arm"
        assert endpoint.requests[0]["top_k"] == 1


def tells(status, words):
    return answers(status, json.dumps({"error": {"message": words}}))


HINTS = {
    "token count": (
        tells(400, "The input token count (4) exceeds the maximum"),
        "context-too-long",
    ),
    "inputs of TGI": (
        tells(422, "`inputs` tokens + `max_new_tokens` must be <= 4096"),
        "context-too-long",
    ),
    "context with 500": (tells(500, "the request exceeds n_ctx"), "context-too-long"),
    "a long answer": (tells(400, "max_tokens is too large: 4000"), "lower 'llm: answer_tokens'"),
    "a model with 400": (tells(400, "m is not a valid model ID"), "unknown-model"),
    "a key with 400": (tells(400, "API key not valid. Please pass one"), "key-rejected"),
    "a rate with billing": (tells(429, "Rate limit reached; see billing"), "rate-limited"),
    "a country": (tells(403, "Country, region, or territory not supported"), "another endpoint"),
    "a filter": (tells(400, "filtered by the content management policy"), "content filter"),
    "overload in a stream": (streams('data: {"error": "Overloaded"}\n\n'), "try again later"),
    "another quota": (answers(200, '{"code": 9, "msg": "insufficient quota"}'), "quota-exceeded"),
    "errors": (answers(200, '{"errors": [{"message": "No route"}]}'), "answered: No route"),
}


@pytest.mark.parametrize("case", HINTS)
def test_a_refusal_is_told_as_what_it_is_at_once(case, profiles):
    act, words = HINTS[case]
    with serving(act) as endpoint, pytest.raises(ModelError) as caught:
        ask(endpoint, profiles)
    assert words in str(caught.value.finding)
    assert len(endpoint.requests) == 1


ERRORS = {
    "context": (
        answers(400, '{"error": {"message": "the request exceeds the available context size"}}'),
        ("context-too-long", "letters"),
    ),
    "quota": (
        answers(429, '{"error": {"message": "You exceeded your current quota, see billing"}}'),
        ("quota-exceeded", "quota"),
    ),
    "filter": (
        answers(400, '{"error": {"message": "the content management policy", "code": "x"}}'),
        ("model-declined", "content management policy"),
    ),
    "moved": (answers(308, ""), ("endpoint-error", "moved")),
    "error with success": (
        answers(200, '{"error": {"message": "model not found, try pulling it"}}'),
        ("endpoint-error", "try pulling it"),
    ),
    "error in the stream": (
        streams(chunk("{"), 'data: {"error": {"message": "out of memory"}}\n\n'),
        ("endpoint-error", "out of memory"),
    ),
    "reasoning to the end": (
        streams(chunk(delta={"reasoning": "hm"}), chunk("", finish="length"), usage(10, 500)),
        ("cut-off-answer", "reasoning_effort"),
    ),
    "broken off": (streams(chunk('{"status": "plan", "goal": [')), ("endpoint-error", "broke off")),
    "a web page": (answers(200, "<html>hello</html>", "text/html"), ("garbled-answer", "hello")),
    "endless": (
        lambda turn: turn.stream(chunk("x" * 10_000) for _ in range(10_000)),
        ("endless-answer", "kB"),
    ),
    "a bomb": (
        lambda turn: _send_compressed(turn, gzip.compress(b" " * 200_000_000)),
        ("endless-answer", "kB"),
    ),
}


def _send_compressed(turn, data):
    turn.handler.send_response(200)
    turn.handler.send_header("Content-Encoding", "gzip")
    turn.handler.send_header("Content-Length", str(len(data)))
    turn.handler.end_headers()
    turn.handler.wfile.write(data)


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_says_what_was_wrong(case, profiles):
    act, (code, words) = ERRORS[case]
    with serving(act) as endpoint, pytest.raises(ModelError) as caught:
        ask(endpoint, profiles)
    assert caught.value.finding.code == code
    assert words in str(caught.value.finding)
    assert len(endpoint.requests) == 1


def test_a_stream_that_breaks_off_is_asked_again_and_both_are_counted(profiles):
    broken = streams(chunk('{"status": "plan", "goal": ['))
    with serving(broken, says(ANSWER, tokens=(100, 10))) as endpoint:
        reply = chat_at(endpoint, profiles, retries=1).reply(REQUEST, lambda piece: None)
    assert json.loads(reply.text) == ANSWER
    assert reply.tokens_in > 200
    assert reply.tokens_out > 10


@pytest.mark.parametrize(
    "act",
    [
        streams(chunk(""), chunk(finish="stop"), usage(3000, 4000)),
        streams(chunk("x" * 9000), chunk(finish="length")),
        streams(chunk('{"status": ' + " " * 9000)),
        answers(200, json.dumps({"choices": [{"message": {"content": None}}]})),
    ],
)
def test_a_failed_call_is_counted(act, profiles):
    with serving(act) as endpoint:
        chat = chat_at(endpoint, profiles)
        budget = {"budget": {"run_tokens": 100}}
        meter = Meter(chat, ModelName.parse("openai:m"), ModelSettings(**budget))
        codes = []
        for _ in range(3):
            with pytest.raises(ModelError) as caught:
                meter.ask(REQUEST, purpose="goal", round_=1, hear=lambda piece: None)
            codes.append(caught.value.finding.code)
    assert codes[1:] == ["spent-budget"] * 2
    assert len(endpoint.requests) == 1
    assert meter.spent.tokens > 100


def test_a_refused_call_costs_nothing(profiles):
    with serving(answers(401)) as endpoint:
        chat = chat_at(endpoint, profiles)
        meter = Meter(chat, ModelName.parse("openai:m"), ModelSettings())
        with pytest.raises(ModelError):
            meter.ask(REQUEST, purpose="goal", round_=1, hear=lambda piece: None)
    assert meter.spent.tokens == 0


@pytest.mark.parametrize("key", ["sk\nx", "schlüssel", "a\x00b"])
def test_a_key_that_is_none_is_told(key, tmp_path, profiles):
    path = tmp_path / "key"
    path.write_text(key)
    with serving(says(ANSWER)) as endpoint, pytest.raises(ModelError) as caught:
        chat_at(endpoint, profiles, key_file=str(path))
    assert caught.value.finding.code == "key-rejected"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a m": 3}', '{"a m": {"form": "x"}}', "\x00"])
def test_a_store_that_is_broken_is_ignored(text, tmp_path):
    path = tmp_path / "endpoints.json"
    path.write_text(text)
    store = ProfileStore(path)
    assert store.get("a", "m") is None
    store.put("a", "m", EndpointProfile(form="text"))
    assert store.get("a", "m") == EndpointProfile(form="text")
    assert path.stat().st_mode & 0o777 == 0o600


# Hostile and careless servers: each end has a code, says what to do, and is paid for.


def bare(status, body, **headers):
    """Send a response as it is, and close the connection."""

    def act(turn):
        handler = turn.handler
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return act


def events(*objects, done=True):
    lines = "".join(f"data: {json.dumps(one)}\n\n" for one in objects)
    return bare(200, (lines + "data: [DONE]\n\n" * done).encode(), Content_Type="text/event-stream")


def piece(text, **more):
    return {"choices": [{"index": 0, "delta": {"content": text}}], **more}


TEXT = json.dumps(ANSWER)
COMPLETION = json.dumps({"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]})
BOMB = gzip.compress(b"x" * 20_000_000, 1)
HALVES = (TEXT[:9], TEXT[9:])
MOVED = "http://elsewhere.example/v1"
BAD = {
    "redirects": (bare(307, b"", Location=f"{MOVED}/chat/completions"), "endpoint-error", MOVED),
    "redirects to a login": (bare(302, b"", Location="/login"), "endpoint-error", "login page"),
    "redirects nowhere": (bare(303, b""), "endpoint-error", "llm: base_url"),
    "a bomb": (bare(200, BOMB, Content_Encoding="gzip"), "endless-answer", "look at the endpoint"),
    "a bomb in a refusal": (bare(400, BOMB, Content_Encoding="gzip"), "endless-answer", "look at"),
    "no gzip": (bare(200, b"no gzip at all", Content_Encoding="gzip"), "endpoint-error", "again"),
    "closes in mid-JSON": (
        bare(200, b'{"choices"', Content_Length="99"),
        "endpoint-error",
        "again",
    ),
    "no HTTP": (
        lambda turn: turn.handler.wfile.write(b"SSH-2.0\r\n"),
        "endpoint-unreachable",
        "it",
    ),
    "answers of two requests": (
        events(*(piece(half, id=number) for half in HALVES for number in ("a", "b"))),
        "garbled-answer",
        "compatible",
    ),
    "quota": (bare(402, b"{}"), "quota-exceeded", "quota"),
    "quota in mid-answer": (
        events(piece(TEXT[:9]), {"error": {"message": "insufficient credits"}}, done=False),
        "quota-exceeded",
        "quota",
    ),
    "a proxy's login": (bare(407, b""), "endpoint-unreachable", "HTTPS_PROXY"),
    "too large": (bare(413, b""), "context-too-long", "larger context"),
    "no login, with 200": (bare(200, b'{"detail": "Not authenticated"}'), "key-rejected", "KEY"),
    "an error, with 200": (
        bare(200, b'{"message": "is unknown here"}'),
        "endpoint-error",
        "look at",
    ),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_hostile_server_is_an_error_that_says_what_to_do(bad, profiles):
    act, code, hint = BAD[bad]
    with serving(act) as endpoint, pytest.raises(ModelError) as caught:
        ask(endpoint, profiles)
    assert caught.value.finding.code == code
    assert hint in (caught.value.finding.hint or "")


def test_what_came_before_the_quota_ran_out_is_paid_for(profiles):
    spent = metered(BAD["quota in mid-answer"][0], profiles).spent
    assert spent.tokens > 100


def metered(act, profiles):
    with serving(act) as endpoint:
        meter = Meter(chat_at(endpoint, profiles), ModelName("openai", "m"), ModelSettings())
        with suppress(ModelError):
            meter.ask(REQUEST, purpose="goal", round_=1, hear=lambda piece: None)
    return meter


@pytest.mark.parametrize(
    "counted",
    [
        {"prompt_tokens": 1, "completion_tokens": 1},
        {"prompt_tokens": -5, "completion_tokens": -5},
        {"prompt_tokens": 10**30, "completion_tokens": 10**30},
        {"prompt_tokens": 9_000_000, "completion_tokens": 9_000_000},
        {"prompt_tokens": "5", "completion_tokens": None},
    ],
    ids=str,
)
def test_tokens_that_cannot_be_right_are_estimated(counted, profiles):
    spent = metered(events(piece(TEXT), {"choices": [], "usage": counted}), profiles).spent
    assert 100 < spent.tokens < 1000


def test_a_model_that_was_not_asked_is_named(profiles):
    meter = metered(events(piece(TEXT, model="tiny-1b")), profiles)
    assert "answered by tiny-1b" in meter.summary()
    assert "answered by" not in metered(events(piece(TEXT, model="m-2026")), profiles).summary()


@pytest.mark.parametrize(
    "body",
    [
        TEXT.encode(),
        COMPLETION.encode("utf-16"),
        f"data: {COMPLETION}\r\rdata: [DONE]\r\r".encode(),
        json.dumps({"content": TEXT}).encode(),
        json.dumps({"choices": {"message": {"content": TEXT}}}).encode(),
    ],
    ids=["the answer alone", "UTF-16", "CR", "no choices", "a choice alone"],
)
def test_an_answer_is_read_whatever_a_proxy_strips(body, profiles):
    with serving(bare(200, body)) as endpoint:
        assert ask(endpoint, profiles) == ANSWER
