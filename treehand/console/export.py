"""Export of a run as a tree file and a scenario file, for ``/save``."""

from __future__ import annotations

import re
from pathlib import Path

from treehand.console.job import Job
from treehand.core.errors import InputError
from treehand.documents.formatter import write
from treehand.planners.goals.goal_text import write_goal
from treehand.scenarios import Scenario
from treehand.scenarios.run_scenario import start_changes
from treehand.skills.domain import Scene, conjuncts
from treehand.trees import tree_to_yaml


def export_run(name: str, job: Job, *, seed: int, scene: Scene, folder: Path) -> tuple[Path, Path]:
    """Write the tree that ran, and a scenario that begins where the run began.

    The scenario asks for the goal, so that it fails if the planner becomes worse; if a person
    edited the tree, it runs that tree.

    Args:
        name: Name of both files.
        job: The goal that was reached, with its plan.
        seed: Seed of the run.
        scene: Scene of the world.
        folder: Folder of both files.

    Returns:
        The tree file and the scenario file.

    Raises:
        InputError: If the name is not usable, or a file exists already.
    """
    plan = job.plan
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        hint = "small letters, digits and _, like put_mug_away"
        raise InputError.of("wrong-name", f"'{name}' is not a name for a file", hint=hint)
    tree_path, scenario_path = folder / f"{name}.tree.yaml", folder / f"{name}.scenario.yaml"
    for path in (tree_path, scenario_path):
        if path.exists():
            hint = "give another name"
            raise InputError.of("file-exists", f"'{path}' is there already", hint=hint)
    tree = plan.tree.model_copy(update={"tree": name})
    _write(tree_path, tree_to_yaml(tree))
    facts = [str(part) for part in conjuncts(plan.goal.formula)]
    data: dict[str, object] = {
        "scenario": plan.goal.words or plan.goal.text or name,
        **({"tree": tree_path.name} if job.is_edited else {"goal": write_goal(plan.goal)}),
        "seed": seed,
        **({"start": changes} if (changes := start_changes(scene, job.start)) else {}),
        "expect": {
            "outcome": "success",
            **({"facts": facts} if facts else {}),
        },
    }
    _write(scenario_path, write(data, Scenario, file=str(scenario_path)))
    return tree_path, scenario_path


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"cannot write '{path}': {error.strerror}"
        raise InputError.of("unwritable-file", message, hint="go to another folder") from error
