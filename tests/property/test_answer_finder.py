"""An answer is found wherever an endpoint put it, and whatever stands around it."""

import html
import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from treehand.planners.llm.answers.answer_finder import AnswerFinder, Place, values_in
from treehand.planners.llm.endpoints.endpoint_response import EndpointResponse

SCHEMA = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["plan", "clarify", "infeasible"]},
        "goal": {"type": "array", "items": {}},
        "question": {"type": "string"},
    },
    "required": ["status", "goal", "question"],
}
facts = st.fixed_dictionaries(
    {
        "fact": st.sampled_from(["in", "on", "is_open"]),
        "of": st.dictionaries(st.sampled_from(["item", "place"]), st.text(max_size=8), max_size=2),
        "is": st.booleans(),
    }
)
answers = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["plan", "clarify"]),
        "goal": st.lists(facts, max_size=3),
        "question": st.text(max_size=20),
    }
)
prose = st.text(st.sampled_from("ab {}[]:,.'\"\n`"), max_size=40).filter(
    lambda text: not list(values_in(text)) and text.count("{") <= text.count("}") + 3
)
drafts = st.sampled_from(
    ["", '{"fact": "in"}', "{milk} in {fridge}", '{"status": "plan"}', "{'a': {}}", "{{{"]
)


def reasoned(text, draft):
    return f"<think>The user wants {draft} … {{x}}.</think>\n{text}"


WRITINGS = {
    "plain": lambda text, _: text,
    "indented": lambda text, _: json.dumps(json.loads(text), indent=2),
    "fence": lambda text, _: f"```json\n{text}\n```",
    "fence and note": lambda text, _: f"```json\n{text}\n```\nNote: I used {{milk}}.",
    "sentence before": lambda text, _: f"Here is the goal you asked for: {text}",
    "thought": reasoned,
    "thought, opened by the template": lambda text, draft: f"So {draft}…</think>{text}",
    "channels": lambda text, _: f"<|channel|>final<|message|>{text}<|end|>",
    "a JSON string": lambda text, _: json.dumps(text),
    "wrapped": lambda text, _: json.dumps({"answer": json.loads(text)}),
    "wrapped with a name": lambda text, _: json.dumps(
        {"name": "answer", "arguments": json.loads(text)}
    ),
    "wrapped as a text": lambda text, _: json.dumps({"name": "answer", "arguments": text}),
    "in a list": lambda text, _: f"[{text}]",
    "trailing comma": lambda text, _: f"{text[:-1]},}}",
    "comment": lambda text, _: f"{text[:-1]} // the end\n}}",
    "python": lambda text, _: repr(json.loads(text)),
    "byte order mark": lambda text, _: f"\ufeff{text}",
    "draft first": lambda text, _: f'First: {{"status": "plan", "goal": []}}. Better: {text}',
}


@settings(max_examples=60)
@given(answers, drafts, st.sampled_from(sorted(WRITINGS)))
def test_an_answer_in_a_text_is_found(answer, draft, writing):
    text = WRITINGS[writing](json.dumps(answer), draft)
    assert AnswerFinder(SCHEMA).find([Place(("content",), text)]) == answer


words = st.text(st.characters(categories=["L", "Nd"]), max_size=12)
plain_answers = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["plan", "clarify"]),
        "goal": st.lists(
            st.fixed_dictionaries({"fact": words, "of": st.just({"item": "milk"})}), max_size=3
        ),
        "question": words,
    }
)


def as_yaml(text):
    return yaml.safe_dump(json.loads(text), allow_unicode=True, sort_keys=False)


BROKEN = {
    "curled quotes": lambda text: text.replace('"', "\u201d"),
    "escaped quotes": lambda text: text.replace('"', '\\"'),
    "escaped for a web page": html.escape,
    "no last brace": lambda text: text[:-1],
    "no last brace in a fence": lambda text: f"```json\n{text[:-1]}\n```",
    "a comma missing": lambda text: text.replace(', "goal"', ' "goal"', 1),
    "a hard space": lambda text: text.replace(": ", ":\u00a0"),
    "yaml": as_yaml,
    "yaml in a fence": lambda text: f"Sure.\n```yaml\n{as_yaml(text)}```\nDone.",
    "other letters in a key": lambda text: text.replace('"status"', '"Status"', 1),
    "tags of a tool call": lambda text: (
        f'<tool_call>{{"name": "answer", "arguments": {text}}}</tool_call>'
    ),
    "another thought": lambda text: f"[THINK]{{milk}} so {{x}}[/THINK]{text}",
}
"""Writings that are no JSON; a careful person reads them all the same."""


@settings(max_examples=60)
@given(plain_answers, st.sampled_from(sorted(BROKEN)))
def test_an_answer_that_is_no_json_is_found(answer, writing):
    text = BROKEN[writing](json.dumps(answer, ensure_ascii=False))
    assert AnswerFinder(SCHEMA).find([Place(("content",), text)]) == answer


@given(plain_answers, st.data())
def test_an_answer_that_breaks_off_is_none(answer, data):
    text = json.dumps(answer)
    cut = data.draw(st.integers(1, len(text) - 2))
    assert AnswerFinder(SCHEMA).find([Place(("content",), text[:cut])]) is None


@given(answers, prose, prose)
def test_prose_around_an_answer_does_not_hide_it(answer, before, after):
    text = f"{before}\n{json.dumps(answer)}\n{after}"
    found = AnswerFinder(SCHEMA).find([Place(("content",), text)])
    assert found == answer


MESSAGES = {
    "content": lambda text: {"content": text},
    "parts": lambda text: {"content": [{"type": "text", "text": text}]},
    "tool call": lambda text: {
        "content": None,
        "tool_calls": [{"index": 0, "id": "a", "function": {"name": "x", "arguments": text}}],
    },
    "tool call with an object": lambda text: {
        "content": "",
        "tool_calls": [{"function": {"name": "x", "arguments": json.loads(text)}}],
    },
    "function call": lambda text: {"function_call": {"name": "x", "arguments": text}},
    "parsed": lambda text: {"content": None, "parsed": json.loads(text)},
    "reasoning": lambda text: {"content": None, "reasoning_content": text},
    "tool use": lambda text: {"content": [{"type": "tool_use", "input": json.loads(text)}]},
    "a piece of a content list": lambda text: {"content": [{"text": text}]},
    "after reasoning": lambda text: {
        "reasoning": '{"status": "clarify", "goal": [], "question": "hm"}',
        "content": text,
    },
    "reasoning block": lambda text: {
        "content": [{"type": "thinking", "thinking": "{}"}, {"type": "text", "text": text}]
    },
}
BODIES = {
    "chat": lambda message: {"choices": [{"message": message, "finish_reason": "stop"}]},
    "no finish": lambda message: {"choices": [{"message": message, "finish_reason": None}]},
    "odd finish": lambda message: {"choices": [{"message": message, "finish_reason": "eos"}]},
    "message alone": lambda message: {"message": message, "done": True},
    "output": lambda message: {"status": "completed", "output": [{"type": "message", **message}]},
    "list of pieces": lambda message: [{"choices": [{"message": message}]}],
    "echo": lambda message: {
        "messages": [{"role": "user", "content": '{"status": "plan", "goal": [], "question": ""}'}],
        "choices": [{"message": message}],
    },
}


def read(body, size):
    response = EndpointResponse(AnswerFinder(SCHEMA))
    for start in range(0, len(body), size):
        response.feed(body[start : start + size])
    response.end()
    return response


@settings(max_examples=600)
@given(
    st.sampled_from(sorted(MESSAGES)), st.sampled_from(sorted(BODIES)), answers, st.integers(1, 60)
)
def test_an_answer_is_found_in_any_place_of_a_body(place, shape, answer, size):
    body = json.dumps(BODIES[shape](MESSAGES[place](json.dumps(answer)))).encode()
    assert read(body, size).answer() == answer


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["\n\n", "\r\n\r\n", "\n"])
@pytest.mark.parametrize("last", ["[DONE]", '{"choices": [{"delta": null}]}', '{"choices": []}'])
@given(answer=answers, size=st.integers(1, 60), step=st.integers(1, 9))
def test_an_answer_is_found_in_a_stream(ending, last, answer, size, step):
    text = json.dumps(answer)
    pieces = [text[start : start + step] for start in range(0, len(text), step)]
    chunks = [json.dumps({"choices": [{"delta": {"content": piece}}]}) for piece in pieces]
    lines = [": keep-alive", *(f"data: {chunk}" for chunk in chunks), f"data:{last}"]
    response = read("".join(line + ending for line in lines).encode(), size)
    assert response.answer() == answer
    assert response.text == text


@given(st.binary(max_size=200), st.integers(1, 50))
def test_any_bytes_are_taken(body, size):
    read(body, size).answer()


@given(st.text(st.sampled_from('{}[]":,a1\\ '), max_size=300))
def test_any_text_is_searched(text):
    list(values_in(text))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["{" * 200_000, '{"a":' * 100_000, '"{' * 100_000, "{'a':" * 3000, "[" * 200_000]
)
def test_a_hostile_text_costs_little(text):
    assert all(value == "{" for value in values_in(text))
