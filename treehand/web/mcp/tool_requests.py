"""Arguments of the MCP tools; their descriptions are written for a model."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LONGEST = 4000
"""Longest words, in characters."""


class ToolRequest(BaseModel):
    """Base of the arguments of every tool."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoArguments(ToolRequest):
    """Arguments of a tool that takes none."""


class WordsRequest(ToolRequest):
    """A person's words."""

    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST,
            description="The person's own words, unchanged. Do not translate them into robot "
            "commands, and do not add steps.",
        ),
    ]


class PlanRequest(WordsRequest):
    """Words to plan for, or the person's answer to a question about them."""

    question: Annotated[
        str,
        Field(
            max_length=64,
            description="If 'plan' returned a question: its 'id'. 'text' is then the option that "
            "the person chose, exactly as it stands in 'options'. Else leave it out.",
        ),
    ] = ""


class HashRequest(ToolRequest):
    """One plan."""

    hash: Annotated[
        str,
        Field(min_length=1, max_length=64, description="The 'hash' that 'plan' returned."),
    ]


class FactsRequest(ToolRequest):
    """Part of the beliefs."""

    about: Annotated[
        str,
        Field(
            max_length=200,
            description="Name of an object, place or predicate, such as 'red_mug'. Without it, "
            "every belief is returned.",
        ),
    ] = ""


class ExplainRequest(ToolRequest):
    """Question about a run."""

    question: Annotated[
        str,
        Field(
            max_length=400,
            description="The question in plain words, such as 'why did it fail?'. Without it, a "
            "summary is returned.",
        ),
    ] = ""
    run: Annotated[
        str,
        Field(max_length=20, description="Number of the run. Without it, the newest run."),
    ] = ""


class StopArguments(ToolRequest):
    """Stop of the robot."""

    reason: Annotated[
        str, Field(max_length=400, description="The reason, for the journal and for people.")
    ] = ""


class LookRequest(ToolRequest):
    """One camera."""

    camera: Annotated[
        str,
        Field(
            max_length=100, description="Name of the camera. Without it, the first one is taken."
        ),
    ] = ""


class WaitRequest(ToolRequest):
    """Time to wait."""

    timeout_s: Annotated[
        float,
        Field(gt=0, le=60, description="Longest time to wait, in seconds; at most 60."),
    ] = 20.0
