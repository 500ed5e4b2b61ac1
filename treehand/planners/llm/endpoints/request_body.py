"""Body of a request, in the way that an endpoint takes."""

from __future__ import annotations

import json
from typing import Any

from treehand.planners.llm.contract.chat import ChatRequest, Message
from treehand.planners.llm.contract.settings import ModelSettings
from treehand.planners.llm.endpoints.endpoint_profile import AnswerForm, EndpointProfile


def request_body(
    model: str, request: ChatRequest, profile: EndpointProfile, settings: ModelSettings
) -> dict[str, Any]:
    """Return the arguments of the client's call.

    Args:
        model: Name of the model at the endpoint.
        request: What is asked.
        profile: What the endpoint takes.
        settings: Temperature, effort, further fields.
    """
    body: dict[str, Any] = {"model": model, "stream": profile.streams}
    if profile.limit_key != "none":
        body[profile.limit_key] = request.answer_tokens
    if profile.streams and profile.counts_stream:
        body["stream_options"] = {"include_usage": True}
    if settings.temperature is not None and profile.sends_temperature:
        body["temperature"] = settings.temperature
    if settings.reasoning_effort is not None and profile.sends_effort:
        body["reasoning_effort"] = settings.reasoning_effort
    if settings.extra_body:
        body["extra_body"] = dict(settings.extra_body)
    if request.traceparent is not None:
        body["extra_headers"] = {"traceparent": request.traceparent}
    body |= _in_form(request, profile.form)
    return body if profile.has_system else body | {"messages": _without_system(body["messages"])}


def _without_system(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return messages in which the user says what the system says, joined with what follows."""
    joined: list[dict[str, Any]] = []
    for turn in turns:
        role = "user" if turn["role"] == "system" else turn["role"]
        if joined and joined[-1]["role"] == role:
            joined[-1] = {"role": role, "content": _joined(joined[-1]["content"], turn["content"])}
        else:
            joined.append({"role": role, "content": turn["content"]})
    return joined


def _joined(first: str | list[Any], second: str | list[Any]) -> str | list[Any]:
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    lists = [
        one if isinstance(one, list) else [{"type": "text", "text": one}] for one in (first, second)
    ]
    return [*lists[0], *lists[1]]


def _in_form(request: ChatRequest, form: AnswerForm) -> dict[str, Any]:
    """Return the messages, and how the answer's form is asked for."""
    turns: list[dict[str, Any]] = [
        {"role": message.role, "content": content_of(message)} for message in request.messages
    ]
    schema = dict(request.schema)
    if form == "json_schema":
        named = {"name": "answer", "schema": schema, "strict": request.is_strict}
        asked: dict[str, Any] = {"type": "json_schema", "json_schema": named}
        return {"messages": turns, "response_format": asked}
    if form == "tool":
        function = {"name": "answer", "description": "Gives the answer.", "parameters": schema}
        chosen = {"type": "function", "function": {"name": "answer"}}
        tools = [{"type": "function", "function": function}]
        return {"messages": turns, "tools": tools, "tool_choice": chosen}
    told = in_prompt(request)
    if turns[0]["role"] == "system":
        turns[0] = {"role": "system", "content": f"{turns[0]['content']}\n\n{told}"}
    else:
        turns.insert(0, {"role": "system", "content": told})
    asked = {"response_format": {"type": "json_object"}} if form == "json_object" else {}
    return {"messages": turns, **asked}


def content_of(message: Message) -> str | list[Any]:
    """Return the content of a turn: its text, or a list of text and pictures."""
    if not message.pictures:
        return message.text
    pictures = [{"type": "image_url", "image_url": {"url": url}} for url in message.pictures]
    return [{"type": "text", "text": message.text}, *pictures]


def in_prompt(request: ChatRequest) -> str:
    """Return the words that ask for the answer's form where no parameter does."""
    form = json.dumps(request.schema, ensure_ascii=False)
    return f"Answer with one JSON object that follows this JSON Schema:\n{form}"
