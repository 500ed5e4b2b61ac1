"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

World = Annotated[
    str | None, typer.Option(help="World to run in; the built-in kitchen if left out.")
]
Randomize = Annotated[
    str | None,
    typer.Option(
        metavar="PRESET",
        help="Draw the simulated world from this preset: in the physics kitchen jitter (as usual), "
        "exact, anywhere, seed-article.",
    ),
]
DomainFile = Annotated[Path | None, typer.Option("--domain", help="Domain file.")]
SceneFile = Annotated[Path | None, typer.Option("--scene", help="Scene file.")]
Config = Annotated[
    Path | None, typer.Option(help="Deployment file; ./treehand.yaml if there is one.")
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        help="Folder for journals; TREEHAND_HOME or the user's data folder if left out.",
    ),
]
StateFile = Annotated[
    Path | None,
    typer.Option(
        "--state", help="Keep the simulated world in this file, and go on from what it holds."
    ),
]
Approve = Annotated[
    Literal["always", "changed-only", "irreversible-only", "never"] | None,
    typer.Option(help="Which plans are asked about; the deployment's policy if left out."),
]
Failures = Annotated[
    int, typer.Option(min=0, max=5, help="How many failures in one run are verified against.")
]
Success = Annotated[
    float | None,
    typer.Option(
        "--success",
        metavar="PROBABILITY",
        help="Choose the retries so that the plan succeeds so often, such as 0.99, failures that "
        "persist included; as in the domain file if left out.",
    ),
]
Llm = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="MODEL",
        help="Language model that reads the goal: openai:MODEL, langchain:PROVIDER:MODEL, local, "
        "recorded:FILE; the built-in grammar if left out.",
    ),
]
LlmTree = Annotated[
    bool,
    typer.Option(
        "--llm-tree",
        help="Let the model write the tree itself, for skills without action models. "
        "Without a goal that the grammar reads, --yes does not approve it.",
    ),
]
NoLlmLog = Annotated[
    bool, typer.Option("--no-llm-log", help="Keep no prompts and answers, only their hashes.")
]
LlmRecord = Annotated[
    Path | None, typer.Option("--llm-record", help="Write the model's answers to this file.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Seed = Annotated[int, typer.Option(help="Seed of every random draw.")]
