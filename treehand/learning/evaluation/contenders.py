"""Contenders of an evaluation: a policy, the scripted skill, and controls that cannot know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills import EmbodimentSpec
from treehand.skills.domain import SkillModel
from treehand.skills.vla.contract.checkpoint import CONFIG, CheckpointConfig, read_config

Control = Literal["none", "untrained", "blind"]
SCRIPTED = "scripted"
LATENCY_S = 0.06
"""Latency of a checkpoint in virtual time."""


@dataclass(frozen=True)
class Contender:
    """Something that serves the evaluated skill."""

    name: str
    """``scripted``; the name of a checkpoint or deployment file; or of a control."""
    source: Path | None
    """Checkpoint folder or deployment file; None for the world's own skill."""
    control: Control = "none"
    """Change of the checkpoint: new weights, or grey pictures."""


def contender_for(name: str) -> Contender:
    """Return the contender that a command names.

    Args:
        name: ``scripted``, a checkpoint folder, or a deployment file.

    Raises:
        InputError: If it is none of them.
    """
    if name == SCRIPTED:
        return Contender(SCRIPTED, None)
    path = Path(name)
    if (path / CONFIG).exists() or (path.suffix in (".yaml", ".yml") and path.exists()):
        return Contender(path.name, path)
    hint = f"a folder with {CONFIG}, a treehand.yaml that binds the skill, or '{SCRIPTED}'"
    raise InputError.of("unknown-policy", f"there is no policy '{name}'", hint=hint)


def controls_of(contender: Contender) -> tuple[Contender, ...]:
    """Return the controls for a checkpoint: new weights, and grey pictures; else nothing."""
    if contender.source is None or not contender.source.is_dir():
        return ()
    return tuple(
        Contender(f"{contender.name}, {control}", contender.source, control)
        for control in ("untrained", "blind")
    )


@contextmanager
def deployed(
    contender: Contender, overrides: DeploymentOverrides, skill: str
) -> Iterator[Deployment]:
    """Give the deployment in which a contender serves a skill.

    Args:
        contender: The contender.
        overrides: World, scene and preset.
        skill: Name of the skill.

    Raises:
        InputError: If the policy does not fit the robot, or the file does not bind the skill.
    """
    if contender.source is None:
        yield _known(Deployment.load(overrides, looks_here=False), skill)
    elif not contender.source.is_dir():
        loaded = Deployment.load(overrides.model_copy(update={"config": contender.source}))
        if skill not in loaded.policies:
            message = f"'{contender.source}' binds '{skill}' to no policy"
            raise InputError.of("unknown-policy", message, hint=f"add a binding of {skill}")
        yield loaded
    else:
        plain = _known(Deployment.load(overrides, looks_here=False), skill)
        if plain.kind.robot is None:
            message = f"world '{plain.kind.name}' declares no robot"
            raise InputError.of("unknown-policy", message, hint="evaluate in kitchen-physics")
        config = read_config(contender.source)
        bound = binding(config, plain.kind.robot, skill, plain.domain.skills[skill])
        bound["policy"] |= {
            "path": str(contender.source.absolute()),
            "options": {"control": contender.control},
        }
        with TemporaryDirectory(prefix="treehand-") as name:
            file = Path(name) / "treehand.yaml"
            # JSON is YAML.
            file.write_text(json.dumps({"bindings": {skill: bound}}), encoding="utf-8")
            yield Deployment.load(overrides.model_copy(update={"config": file}))


def _known(deployment: Deployment, skill: str) -> Deployment:
    if skill not in deployment.domain.skills:
        known = ", ".join(deployment.domain.skills)
        message = f"the domain has no skill '{skill}'"
        raise InputError.of("unknown-skill", message, hint=f"its skills: {known}")
    return deployment


def binding(
    config: CheckpointConfig, robot: EmbodimentSpec, skill: str, model: SkillModel
) -> dict[str, Any]:
    """Return the binding of a skill to a checkpoint, without its path, as ``treehand.yaml`` has it.

    The conversion from the checkpoint's actions to the robot's follows from their declarations.
    """
    spec, own = config.spec, robot.action
    wants = spec.model_dump(mode="json", include={"cameras", "state", "action"})
    adapt = {
        name: getattr(own, name)
        for name in ("control", "frame", "rotation", "gripper")
        if getattr(own, name) != getattr(spec.action, name)
    }
    policy = {
        "adapter": "torch",
        "path": "",
        "instruction": _instruction(config, skill, model),
        "rate_hz": spec.rate_hz,
        "chunk": spec.chunk,
        "execute": max(spec.chunk // 2, 1),
        "latency": f"{LATENCY_S:g} s",
        "beyond": "clamp",
        "wants": wants,
        "adapt": adapt,
    }
    until = " and ".join(str(effect) for effect in model.effects)
    return {"policy": policy, "until": until, "timeout": f"{max(4 * model.duration, 15.0):g} s"}


def _instruction(config: CheckpointConfig, skill: str, model: SkillModel) -> str:
    """Return the instruction with the skill's parameters as slots."""
    taught = config.notes.get("instruction")
    if not isinstance(taught, str):
        return model.say or " ".join((skill, *(f"{{{name}}}" for name in model.params)))
    names = list(model.params)
    return re.sub(r"\{(\d+)\}", lambda slot: f"{{{names[int(slot[1])]}}}", taught)
