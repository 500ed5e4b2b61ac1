"""Binding of a skill to a checkpoint, as ``treehand.yaml`` has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from treehand.skills.contracts.embodiment import EmbodimentSpec
from treehand.skills.domain import SkillModel
from treehand.skills.vla.contract.checkpoint import CheckpointConfig

LATENCY_S = 0.06
"""Latency of a checkpoint in virtual time."""
LEAST_S = 15.0
"""Least time limit of an attempt."""
SETTLE_S = 1.0
"""Time for which a skill's effects have to hold: what was lifted stays in the hand, and the hand
leaves what it has put down or opened."""
LONG = 2
"""Time limit of an attempt, as a multiple of the skill's usual duration."""


def checkpoint_binding(
    config: CheckpointConfig,
    robot: EmbodimentSpec,
    skill: str,
    model: SkillModel,
    *,
    path: str,
    name: str | None = None,
    items: Sequence[str] | None = None,
    places: Sequence[str] | None = None,
    control: str = "none",
) -> dict[str, Any]:
    """Return the binding of a skill to a checkpoint.

    The conversion from the checkpoint's actions to the robot's follows from their declarations.
    NumPy computes the model, but for new weights, which torch draws.

    Args:
        config: The checkpoint's config.
        robot: The robot.
        skill: Name of the skill.
        model: The skill.
        path: Folder of the checkpoint, from the folder of the file on.
        name: Name of the policy for people.
        items: Objects that it can act on; all if None.
        places: Objects that the second argument may be; all if None.
        control: Change of the checkpoint for comparison: ``none``, ``untrained``, ``blind``,
            ``no-properties``.
    """
    spec, own = config.spec, robot.action
    adapt = {
        key: getattr(own, key)
        for key in ("control", "frame", "rotation", "gripper")
        if getattr(own, key) != getattr(spec.action, key)
    }
    policy: dict[str, Any] = {
        "adapter": "torch" if control == "untrained" else "numpy",
        "path": path,
        "instruction": _instruction(config, skill, model),
        "rate_hz": spec.rate_hz,
        "chunk": spec.chunk,
        "execute": max(spec.chunk // 2, 1),
        "latency": f"{LATENCY_S:g} s",
        "beyond": "clamp",
        "wants": spec.model_dump(
            mode="json", include={"cameras", "state", "action"}, exclude_defaults=True
        ),
        "adapt": adapt,
    }
    if name is not None:
        policy["name"] = name
    if items is not None:
        policy["items"] = list(items)
    if places is not None:
        policy["places"] = list(places)
    if control != "none":
        policy["options"] = {"control": control}
    return {
        "policy": policy,
        "until": " and ".join(str(effect) for effect in model.effects),
        "settle": f"{SETTLE_S:g} s",
        "timeout": f"{max(LONG * model.duration, LEAST_S):g} s",
    }


def _instruction(config: CheckpointConfig, skill: str, model: SkillModel) -> str:
    """Return the instruction with the skill's parameters as slots."""
    taught = config.notes.get("instruction")
    if not isinstance(taught, str):
        return model.say or " ".join((skill, *(f"{{{name}}}" for name in model.params)))
    names = list(model.params)
    return re.sub(r"\{(\d+)\}", lambda slot: f"{{{names[int(slot[1])]}}}", taught)
