"""The tools, documents and prompts that the conformance suite of MCP calls by name.

They go through the seam of the robot's own (`AgentOffer`), so what the suite checks is the server:
kinds of content, progress, log lines, questions to the person, schemas, addresses, completion.
"""

import time
from dataclasses import replace

from pydantic import create_model

from treehand.core.errors import InputError
from treehand.orchestrator.people.pictures import png
from treehand.web.mcp.agent_call import (
    AgentPrompt,
    AgentResource,
    AgentTool,
    Attachment,
    PromptArgument,
    ToolAnswer,
)
from treehand.web.mcp.tool_requests import NoArguments, ToolRequest

SOUND = Attachment("audio/wav", b"RIFF\x24\0\0\0WAVEfmt ")
NOTE = Attachment("text/plain", "This is an embedded resource.", "test://embedded-resource")


def picture():
    import numpy as np

    return Attachment("image/png", png(np.full((1, 1, 3), 200, dtype=np.uint8)))


ADDRESS = create_model("address", street=(str, ""), city=(str, ""))
"""The suite wants its definition under this name."""


class Person(ToolRequest):
    name: str = ""
    address: ADDRESS = ADDRESS()


class Message(ToolRequest):
    message: str


DEFAULTS = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}
TITLED = [{"const": f"value{n}", "title": f"Option {n}"} for n in (1, 2, 3)]
PLAIN = ["option1", "option2", "option3"]
ENUMS = {
    "untitledSingle": {"type": "string", "enum": PLAIN},
    "titledSingle": {"type": "string", "oneOf": TITLED},
    "legacyEnum": {"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["One", "Two"]},
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": PLAIN}},
    "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
}
USER = {"username": {"type": "string"}, "email": {"type": "string"}}


def in_steps(tell):
    for done in (0, 50, 100):
        tell(done)
        time.sleep(0.05)
    return {"text": "done"}


def asking(properties):
    def use(request, call):
        if not call.can_ask:
            raise InputError.of("no-person", "this host asks nobody")
        schema = {"type": "object", "properties": properties, "required": list(properties)}
        answer = call.ask(getattr(request, "message", "Please fill this in"), schema)
        return {"action": answer.action, "values": answer.values}

    return use


def failing(request, call):
    raise InputError.of("on-purpose", "this tool fails on purpose")


def tool(name, use, request=NoArguments):
    return AgentTool(name, name, "Called by the conformance suite.", request, use)


def attaching(*attachments):
    return lambda request, call: ToolAnswer({"text": "attached"}, attachments=attachments)


def tools():
    return (
        tool("test_simple_text", lambda request, call: {"text": "a simple text"}),
        tool("test_image_content", attaching(picture())),
        tool("test_audio_content", attaching(SOUND)),
        tool("test_embedded_resource", attaching(NOTE)),
        tool("test_multiple_content_types", attaching(picture(), NOTE)),
        tool(
            "test_tool_with_logging",
            lambda request, call: in_steps(lambda done: call.tell(f"{done} of 100")),
        ),
        tool(
            "test_tool_with_progress",
            lambda request, call: in_steps(lambda done: call.report(done, 100)),
        ),
        tool("test_error_handling", failing),
        tool("test_elicitation", asking(USER), Message),
        tool("test_elicitation_sep1034_defaults", asking(DEFAULTS)),
        tool("test_elicitation_sep1330_enums", asking(ENUMS)),
        tool("json_schema_2020_12_tool", lambda request, call: {"text": "read"}, Person),
    )


def resource(uri, media_type, read):
    return AgentResource(uri, uri, uri, "Read by the conformance suite.", media_type, read)


def resources():
    return (
        resource("test://static-text", "text/plain", lambda given: "a static text"),
        resource("test://static-binary", "image/png", lambda given: picture().content),
        resource("test://watched-resource", "text/plain", lambda given: "a watched text"),
        resource(
            "test://template/{id}/data",
            "application/json",
            lambda given: f'{{"id": {given["id"]}}}',
        ),
    )


def prompt(name, write, *arguments):
    made = tuple(PromptArgument(one, "An argument.") for one in arguments)
    return AgentPrompt(name, name, "Got by the conformance suite.", made, write)


def prompts():
    return (
        prompt("test_simple_prompt", lambda given: ["a simple prompt"]),
        prompt(
            "test_prompt_with_arguments",
            lambda given: [f"{given['arg1']} and {given['arg2']}"],
            "arg1",
            "arg2",
        ),
        prompt(
            "test_prompt_with_embedded_resource",
            lambda given: [replace(NOTE, uri=given["resourceUri"]), "read this"],
            "resourceUri",
        ),
        prompt("test_prompt_with_image", lambda given: [picture(), "look at this"]),
    )


def with_suite(offer):
    """Return an offer with what the suite calls beside the robot's own."""
    return replace(
        offer,
        tools=(*offer.tools, *tools()),
        resources=(*offer.resources, *resources()),
        prompts=(*offer.prompts, *prompts()),
    )
