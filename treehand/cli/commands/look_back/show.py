"""``treehand show``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType

from treehand.cli.arguments import completion
from treehand.cli.arguments.options import DeploymentOptions, Folder, Load
from treehand.cli.past_run import past_run
from treehand.cli.views.output import console_for, write_bytes
from treehand.cli.views.plain_output import print_lines
from treehand.cli.views.run_story import RunStory
from treehand.core.errors import InputError, TreehandError
from treehand.core.events import BaseEvent, Planned
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.journal_file import is_journal_path
from treehand.orchestrator.store.workspace import RunFiles
from treehand.trees import TreeLibrary, TreeSpec, load_tree, parse_tree
from treehand.trees.drawing.drawn_run import DrawnRun
from treehand.trees.drawing.tree_outline import TreeOutline
from treehand.trees.drawing.tree_picture import tree_svg
from treehand.trees.drawing.tree_raster import tree_png
from treehand.trees.format.spec_drawing import to_dot, tree_of_spec

EXAMPLE = "treehand show kitchen.tree.yaml"


@dataclass(frozen=True)
class _Drawn:
    """A tree as text, as a terminal shows it, and as a picture."""

    tree: TreeSpec
    drawing: RenderableType
    picture: Callable[[], str]


def show(
    thing: Annotated[
        str,
        typer.Argument(
            metavar="FILE|RUN",
            help="A tree file, or a run: its number or its journal.",
            autocompletion=completion.runs,
        ),
    ],
    *,
    as_dot: Annotated[bool, typer.Option("--dot", help="Graphviz' dot language.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Write an SVG picture to this file.")] = None,
    png: Annotated[Path | None, typer.Option(help="Write a PNG picture to this file.")] = None,
    load: Load = False,
    deployment: DeploymentOptions,
    workspace: Folder = None,
) -> None:
    """Draw a tree file or a past run.

    A tree file is checked first. Of a run the goal, its lines and the tree as it ended are shown.
    """
    is_run = thing.isdecimal() or is_journal_path(thing)
    drawn = _run(thing, workspace) if is_run else _file(Path(thing), deployment, load=load)
    if as_dot:
        print_lines(to_dot(drawn.tree))
    elif svg is not None or png is not None:
        _write_pictures(drawn.picture, svg, png)
    else:
        console_for(as_json=False).print(drawn.drawing)


def _write_pictures(draw: Callable[[], str], svg: Path | None, png: Path | None) -> None:
    """Write one drawing to the files that are wanted; a wrong name is found before both."""
    wanted = [(svg, ".svg"), (png, ".png")]
    for file, ending in wanted:
        if file is not None and file.suffix.lower() != ending:
            hint = f"name it {file.with_suffix(ending).name if file.name else f'tree{ending}'}"
            kind = ending[1:].upper()
            message = f"'{file}' is not {'an' if kind == 'SVG' else 'a'} {kind} file"
            raise InputError.of("wrong-file-name", message, hint=hint)
    picture = draw()
    for file, ending in wanted:
        if file is not None:
            is_svg = ending == ".svg"
            write_bytes(file, picture.encode("utf-8") if is_svg else tree_png(picture))
            console_for(as_json=False).print(f"written to {file}")


def _file(path: Path, deployment: DeploymentOptions, *, load: bool) -> _Drawn:
    tree = load_tree(path)
    overrides = deployment.overrides(tree_folder=path.parent)
    loaded = Deployment.load(overrides, imports=load)
    loaded.require_sound(tree)

    def picture() -> str:
        outline = TreeOutline(tree, {}, loaded.library, loaded.domain.skills, opens_loops=True)
        return tree_svg(outline.root, title=path.name)

    return _Drawn(tree, tree_of_spec(tree), picture)


def _run(run: str, workspace: Path | None) -> _Drawn:
    files = past_run(workspace, run)
    events = list(read_events(files.journal))
    plans = [event for event in events if isinstance(event, Planned)]
    if not plans:
        message = f"run '{run}' ended before it had a plan"
        raise InputError.of("no-plan", message, hint="`treehand runs` says how it ended")
    tree = parse_tree(plans[-1].tree, file=f"run {run}")
    story = Group(*RunStory().over(events).parts)
    return _Drawn(tree, story, lambda: _picture_of_run(files, events))


def _picture_of_run(files: RunFiles, events: Sequence[BaseEvent]) -> str:
    library, skills = TreeLibrary.packaged(), {}
    try:
        overrides = KnownDeployment.of_run(files).overrides
        loaded = Deployment.load(overrides, looks_here=False, imports=False)
        library, skills = loaded.library, loaded.domain.skills
    except TreehandError:
        pass  # its files are not here: subtrees are drawn from the nodes that ran
    seen = DrawnRun().over(events)
    outline = seen.outline(library, skills)
    assert outline is not None, "a run without a plan was refused before"
    return tree_svg(
        outline, title=seen.title(f"run {files.run}"), remarks=seen.remarks, is_run=True
    )
