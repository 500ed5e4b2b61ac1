"""``treehand show``, ``treehand domain``, ``treehand runs``."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from treehand.cli.commands.history_commands import Story
from treehand.cli.output import console_for
from treehand.core.errors import InputError, StorageError
from treehand.core.events import Planned, Resumed, RunEnded, RunStarted
from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides
from treehand.orchestrator.store.journal import read_events, read_header
from treehand.orchestrator.store.workspace import RunFiles, Workspace
from treehand.trees import TreeSpec, load_tree, parse_tree
from treehand.trees.format.spec_drawing import to_dot, to_svg, tree_of_spec


def show_tree(
    path: Path,
    *,
    as_dot: bool,
    svg: Path | None,
    world: str | None,
    scene: Path | None,
    domain: Path | None,
    config: Path | None,
) -> None:
    """Print a tree file, after it was checked."""
    tree = load_tree(path)
    deployment = Deployment.load(
        DeploymentOverrides(
            config=config, world=world, domain=domain, scene=scene, tree_folder=path.parent
        )
    )
    deployment.require_sound(tree)
    _show(tree, tree_of_spec(tree), as_dot=as_dot, svg=svg, title=path.name)


def _show(
    tree: TreeSpec, drawing: RenderableType, *, as_dot: bool, svg: Path | None, title: str
) -> None:
    if as_dot:
        print(to_dot(tree))
    elif svg is not None:
        svg.write_text(to_svg(drawing, title=title), encoding="utf-8")
        console_for(as_json=False).print(f"written to {svg}")
    else:
        console_for(as_json=False).print(drawing)


def show_run(run: str, *, as_dot: bool, svg: Path | None, workspace: Path | None) -> None:
    """Print what happened in a run: its goal, its lines, and the tree as it ended."""
    path = Workspace.find(workspace).find_run(run).journal
    events = list(read_events(path))
    plans = [event for event in events if isinstance(event, Planned)]
    if not plans:
        message = f"run '{run}' ended before it had a plan"
        raise InputError.of("no-plan", message, hint="`treehand runs` says how it ended")
    tree = parse_tree(plans[-1].tree, file=f"run {run}")
    story = Story()
    parts = [part for event in events for part in story.take(event)]
    _show(tree, Group(*parts), as_dot=as_dot, svg=svg, title=f"treehand run {run}")


def show_runs(*, as_json: bool, workspace: Path | None) -> None:
    """Print the past runs, oldest first."""
    home = Workspace.find(workspace)
    rows: list[dict[str, object]] = []
    for run in home.runs():
        files = home.find_run(run)
        path = files.journal
        started: RunStarted | None = None
        ended: RunEnded | None = None
        created, unfinished = "", _state_of(files)
        try:
            created = read_header(path).get("created", "")
            for event in read_events(path):
                started = event if isinstance(event, RunStarted) else started
                ended = event if isinstance(event, RunEnded) else ended
                ended = None if isinstance(event, Resumed) else ended
        except StorageError as error:
            unfinished = f"unreadable ({error.finding.code})"
        rows.append(
            {
                "run": run,
                "created": created,
                "goal": started.goal if started else "",
                "seed": started.seed if started else None,
                "outcome": ended.outcome if ended else unfinished,
                "sim_time_s": round(ended.t_s, 3) if ended else None,
            }
        )
    if as_json:
        print(json.dumps({"runs": rows}, ensure_ascii=False))
        return
    table = Table("run", "created", "goal", "seed", "outcome", "run time", box=None)
    for row in rows:
        time_s = row["sim_time_s"]
        time = f"{time_s:.1f} s" if isinstance(time_s, float) else ""
        cells = (row["run"], row["created"], row["goal"], row["seed"], row["outcome"], time)
        table.add_row(*(Text(str(cell)) for cell in cells))
    console_for(as_json=False).print(table if rows else f"no runs in {home.folder}")


def _state_of(files: RunFiles) -> str:
    """Return what is to be said of a run that has not ended."""
    return "running" if files.is_live() else "unfinished"


def show_domain(
    *,
    as_json: bool,
    world: str | None,
    scene: Path | None,
    domain: Path | None,
    config: Path | None,
) -> None:
    """Print objects, predicates, skills and named goals."""
    deployment = Deployment.load(
        DeploymentOverrides(config=config, world=world, domain=domain, scene=scene)
    )
    known, place = deployment.domain, deployment.scene
    predicates = {name: str(s) for name, s in deployment.vocabulary.predicates.items()}
    if as_json:
        report = {
            "domain": known.domain,
            "scene": place.scene,
            "objects": {name: model.type for name, model in place.objects.items()},
            "predicates": {
                name: {"signature": text, "known_by": known.predicates[name].known_by}
                for name, text in predicates.items()
            },
            "skills": {name: str(known.signature(name)) for name in known.skills},
            "goals": [goal.words[0] for goal in known.goals],
        }
        print(json.dumps(report, ensure_ascii=False))
        return
    console = console_for(as_json=False)
    objects = Table(
        "object", "type", "also called", box=None, title=f"Objects of scene {place.scene}"
    )
    for name, model in place.objects.items():
        objects.add_row(name, model.type, ", ".join(model.words))
    facts = Table("predicate", "known by", "in words", box=None, title="Predicates")
    for name, text in predicates.items():
        facts.add_row(text, known.predicates[name].known_by, known.predicates[name].say)
    skills = Table("skill", "takes", "failures", "what it does", box=None, title="Skills")
    for name, skill in known.skills.items():
        codes = ", ".join(code.value for code in skill.failures)
        final = " (cannot be undone)" if skill.irreversible else ""
        takes = f"{skill.duration:g} s"
        skills.add_row(str(known.signature(name)), takes, codes, skill.doc + final)
    console.print(objects, facts, skills)
    console.print("Goals it knows by name: " + "; ".join(goal.words[0] for goal in known.goals))
