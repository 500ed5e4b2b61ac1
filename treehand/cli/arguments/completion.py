"""Completion of arguments in the shell: runs, worlds, tags, goals, calls, objects.

A function here gives nothing where it cannot know: an error must not reach the shell's prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from pathlib import Path

import typer

from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.store.workspace import Workspace
from treehand.trees import load_tree
from treehand.worlds import world_names

Completer = Callable[[typer.Context, str], list[str]]


def _quiet(complete: Callable[[typer.Context], Iterator[str]]) -> Completer:
    """Return a completion function that keeps what starts as typed, up to the first error."""

    @wraps(complete)
    def completed(ctx: typer.Context, incomplete: str) -> list[str]:
        found: list[str] = []
        with suppress(Exception):
            for text in complete(ctx):
                if text.startswith(incomplete):
                    found.append(text)
        return found

    del completed.__wrapped__
    completed.__annotations__ = {"ctx": typer.Context, "incomplete": str, "return": list[str]}
    return completed


@_quiet
def runs(ctx: typer.Context) -> Iterator[str]:
    """Yield the numbers of past runs, the latest first."""
    yield from reversed(Workspace.find(ctx.params.get("workspace")).runs())


@_quiet
def worlds(ctx: typer.Context) -> Iterator[str]:
    """Yield the names of the installed worlds."""
    yield from world_names()


@_quiet
def engines(ctx: typer.Context) -> Iterator[str]:
    """Yield the names of the engines."""
    from treehand.scenarios.engines.engine_choice import (
        engine_names,  # only this completion needs it
    )

    yield from engine_names()


@_quiet
def tags(ctx: typer.Context) -> Iterator[str]:
    """Yield the tags of the scenarios that are named, or of those in ./scenarios."""
    from treehand.scenarios.format.files import load_variants  # only this completion needs it

    found: set[str] = set()
    for path in ctx.params.get("paths") or [Path("scenarios")]:
        for file in sorted(path.rglob("*.scenario.yaml")) if path.is_dir() else [path]:
            with suppress(Exception):  # a broken file has no tags to offer
                found.update(tag for one in load_variants(file) for tag in one.scenario.tags)
    yield from sorted(found)


@_quiet
def goals(ctx: typer.Context) -> Iterator[str]:
    """Yield the goals that the domain names."""
    for goal in _deployment(ctx).domain.goals:
        yield goal.words[0]


@_quiet
def calls(ctx: typer.Context) -> Iterator[str]:
    """Yield calls of skills: with each object of its type where there is one parameter."""
    deployment = _deployment(ctx)
    for name, skill in deployment.domain.skills.items():
        if len(skill.params) != 1:
            yield f"{name}()" if not skill.params else f"{name}("
            continue
        [kind] = skill.params.values()
        for thing in deployment.vocabulary.objects(kind):
            yield f"{name}({thing})"


@_quiet
def tree_arguments(ctx: typer.Context) -> Iterator[str]:
    """Yield NAME=OBJECT for each parameter of the tree file and each object of its type."""
    path = ctx.params.get("tree")
    if path is not None:
        deployment = _deployment(ctx)
        for name, kind in load_tree(path).params.items():
            for thing in deployment.vocabulary.objects(kind):
                yield f"{name}={thing}"


def _deployment(ctx: typer.Context) -> Deployment:
    names = ("world", "scene", "domain", "config")
    given = {name: ctx.params.get(name) for name in names}
    return Deployment.load(DeploymentOverrides.model_validate(given), imports=False)
