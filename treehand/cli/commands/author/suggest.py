"""``treehand suggest``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from treehand.cli.arguments.options import DeploymentOptions, Folder, Json, LlmRecord, Load
from treehand.cli.input.terminal import person_at, terminal_input
from treehand.cli.views.not_loaded import print_not_loaded
from treehand.cli.views.output import console_for, counted
from treehand.cli.views.plain_output import print_diff, print_json, print_lines
from treehand.cli.views.streaming_output import print_calls, waiting
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.model_trust import asking_no_stranger
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.history.suggestions import as_diff
from treehand.orchestrator.history.suggestions import suggest as suggest_changes
from treehand.orchestrator.improving.learned_deployment import with_learned
from treehand.orchestrator.modelling.missing_models import MissingModels
from treehand.orchestrator.modelling.model_proposal import ModelProposal
from treehand.orchestrator.proposing.goal_reader import SessionReader
from treehand.orchestrator.store.workspace import Workspace
from treehand.trees import PersonQuestion

EXAMPLE = "treehand suggest"


def suggest(
    *,
    llm: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Let this language model propose the action models that the domain lacks: "
            "openai:MODEL, langchain:PROVIDER:MODEL, recorded:FILE.",
        ),
    ] = None,
    skill: Annotated[
        list[str] | None,
        typer.Option("--skill", metavar="NAME", help="With --llm: propose for this skill alone."),
    ] = None,
    llm_record: LlmRecord = None,
    as_json: Json = False,
    load: Load = False,
    deployment: DeploymentOptions,
    workspace: Folder = None,
) -> None:
    """Suggest changes of the domain from past runs.

    Prints preconditions that the domain file lacks, with the runs that show it, and the change as a
    diff. With --llm, a language model proposes the missing action models; they are checked,
    rehearsed in imagination and shown with their evidence, and a person at the terminal decides
    whether the file is changed. Without one, no file is changed.
    """
    overrides = deployment.overrides()
    home = Workspace.find(workspace)
    if llm is not None:
        given = overrides.model_copy(update={"llm": llm, "llm_record": llm_record})
        _suggest_models(given, skill or [], home, load=load, as_json=as_json)
        return
    loaded = Deployment.load(overrides, imports=load)
    pin = with_learned(loaded, home.learned_parameters).learned
    evidence = suggest_changes(home, loaded.domain, loaded.vocabulary, loaded.kind.name, pin)
    diff = as_diff(evidence.suggestions, loaded.domain_path)
    if as_json:
        report = asdict(evidence) | {"diff": diff}
        print_json(report)
        return
    for one in evidence.suggestions:
        print_lines(one.words())
    if not evidence.suggestions:
        print_lines("nothing is suggested")
    print_lines(
        f"looked at {counted(evidence.calls, 'call')} in {counted(evidence.runs, 'run')}, "
        "without faults on purpose"
    )
    if diff:
        print_diff(diff)


def _suggest_models(
    overrides: DeploymentOverrides,
    names: list[str],
    home: Workspace,
    *,
    load: bool,
    as_json: bool,
) -> None:
    """Show the action models that a language model proposes; write them if a person says so."""
    loaded = Deployment.load(overrides, imports=load, binds=False)
    loaded = loaded if load else asking_no_stranger(loaded)
    console = console_for(as_json=as_json)
    print_not_loaded(loaded)
    reader = SessionReader(loaded, home.ledger)
    assert reader.meter is not None
    missing = MissingModels(loaded, overrides, imports=load)
    with waiting(reader, console, "writes action models"):
        proposal = missing.propose(names, home, reader.meter, reader.pass_on)
    is_written = False
    if not as_json:
        _show(console, proposal)
        print_calls(console, reader)
    answer: str | None = "no"
    if proposal.models:
        question = PersonQuestion(f"Write this to {proposal.path}?")
        answer = None if as_json else person_at(console, terminal_input()).ask(question)
        if answer == "yes":
            proposal.write()
            is_written = True
    if as_json:
        print_json(_as_data(proposal, is_written=is_written))
    elif proposal.models:
        nobody = "; a person at the terminal decides, or applies the diff with 'patch'"
        kept = "nothing was written" + ("" if answer else nobody)
        console.print(f"{proposal.path} is written" if is_written else kept)
    if proposal.models and not is_written:
        raise typer.Exit(ExitCode.REFUSED if answer else ExitCode.NOT_APPROVED)


def _show(console: Console, proposal: ModelProposal) -> None:
    if not proposal.models:
        why = f": {proposal.reason}" if proposal.reason else ": every skill has an action model"
        console.print(f"nothing is suggested{why}")
        return
    print_diff(proposal.diff())
    for model, rehearsal in zip(proposal.models, proposal.rehearsals, strict=True):
        print_lines(f"{model.skill}:")
        for line in proposal.lines(model, rehearsal):
            print_lines(f"  {line}")
    if proposal.reason:
        print_lines(f"left out: {proposal.reason}")


def _as_data(proposal: ModelProposal, *, is_written: bool) -> dict[str, object]:
    pairs = zip(proposal.models, proposal.rehearsals, strict=True)
    return {
        "domain": str(proposal.path),
        "models": [
            {
                "skill": model.skill,
                "evidence": list(proposal.lines(model, rehearsal)),
                "rehearsed": str(rehearsal.call) if rehearsal.call else None,
            }
            for model, rehearsal in pairs
        ],
        "reason": proposal.reason,
        "diff": proposal.diff(),
        "is_written": is_written,
    }
