"""Writes docs/reference/api.md, the page of the public API: `python -m docs.api_page`.

The page names every public object; mkdocstrings fills in signatures and docstrings when the site is
built. A test compares the page with the package.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from inspect import isclass, ismodule
from pathlib import Path
from types import ModuleType

import treehand

PAGE = Path(__file__).parent / "reference" / "api.md"
MADE = "<!-- made by `python -m docs.api_page` -->"
SEAMS = (
    "treehand.skills.contracts.skill.Skill",
    "treehand.skills.contracts.embodiment.Embodiment",
    "treehand.skills.contracts.embodiment.DeadMan",
    "treehand.skills.contracts.world.World",
    "treehand.skills.contracts.world.GroundTruth",
    "treehand.skills.contracts.world.Disturbable",
    "treehand.skills.contracts.world.Simulated",
    "treehand.skills.contracts.world.Randomized",
    "treehand.skills.contracts.world.SceneIdentity",
    "treehand.skills.contracts.world.Filmed",
    "treehand.skills.contracts.world.DecisionTimed",
    "treehand.skills.contracts.world.TimedDecision",
    "treehand.skills.contracts.world.Counting",
    "treehand.skills.contracts.world.Heartbeat",
    "treehand.skills.contracts.learned_part.LearnedPart",
    "treehand.skills.contracts.learned_part.PracticeTrial",
    "treehand.worlds.definition.WorldKind",
    "treehand.skills.contracts.world_store.WorldStore",
    "treehand.skills.vla.contract.policy.Policy",
    "treehand.planners.llm.contract.chat.ChatModel",
    "treehand.orchestrator.proposing.goal_reader.GoalReader",
    "treehand.planners.custom.PlannerDefinition",
    "treehand.orchestrator.people.person.Person",
    "treehand.api.RobotOptions",
    "treehand.scenarios.engines.runners.Runner",
)
"""Protocols that users implement, and the values beside them."""
HEADER = f"""# Python API

{MADE}

Public are the names of `treehand.__all__`, the event classes of `treehand.events`, the protocols
that you implement, robots in `treehand.robots`, and the tools for agents in `treehand.langchain`
and `treehand.openai`: a change to them is announced in the changelog. Everything else may change
without notice. `import treehand` loads none of the rooms; a name is loaded when it is first used.
"""


def place_of(name: str) -> str:
    """Return the dotted place where a public name of `treehand` is defined."""
    value = getattr(treehand, name)
    if ismodule(value):
        return value.__name__
    module, own = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    return f"{module}.{own}" if module and own else f"treehand.{name}"


def events() -> list[str]:
    """Return the names of the event classes."""
    module = events_module()
    return sorted(
        name
        for name in getattr(module, "__all__", dir(module))
        if isclass(value := getattr(module, name))
        and value.__module__.startswith("treehand.")
        and not name.startswith("_")
    )


def events_module() -> ModuleType:
    """Return `treehand.events`, or the module behind it."""
    public = "treehand.events"
    return import_module(public if find_spec(public) else "treehand.core.events")


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([HEADER, *_public(), *_events(), *_robots(), *_seams()])


def _public() -> Iterator[str]:
    yield "## treehand\n"
    for name in sorted(treehand.__all__, key=str.lower):
        yield _entry(name, place_of(name))


def _events() -> Iterator[str]:
    yield "## treehand.events\n"
    yield "One class for each kind of event, in the journal and for listeners.\n"
    module = events_module()
    for name in events():
        value = getattr(module, name)
        yield _entry(name, f"{value.__module__}.{value.__qualname__}")


ROBOTS = (
    "treehand.worlds.physics.robots.kinematic_chain.KinematicChain",
    "treehand.worlds.physics.robots.robot_library.RobotModel",
    "treehand.worlds.physics.perception.opengl.choose_opengl",
    "treehand.worlds.physics.robots.robot_library.find_robot",
    "treehand.worlds.physics.robots.robot_library.load_robot",
    "treehand.worlds.physics.robots.robot_library.robot_names",
    "treehand.skills.contracts.kinematics.Pose",
    "treehand.skills.contracts.kinematics.damped_solution",
)
"""Names of `treehand.robots`, which needs MuJoCo, and what goes with them."""


def _robots() -> Iterator[str]:
    yield "## treehand.robots\n"
    yield "Robots in MuJoCo, for worlds of your own (extra `physics`); `Pose` and `damped_solution`"
    yield "are names of `treehand.skills`.\n"
    for place in ROBOTS:
        yield _entry(place.rpartition(".")[2], place)


def _seams() -> Iterator[str]:
    yield "## Protocols to implement\n"
    for place in SEAMS:
        module, _, name = place.rpartition(".")
        getattr(import_module(module), name)
        yield _entry(name, place)


def _entry(title: str, place: str) -> str:
    return f"### `{title}`\n\n::: {place}\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
