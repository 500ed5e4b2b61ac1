"""Contenders of an evaluation: a policy, the scripted skill, and controls that cannot know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.vla.adapters import missing_library
from treehand.skills.vla.checkpoint_binding import checkpoint_binding
from treehand.skills.vla.contract.checkpoint import CONFIG, read_config

Control = Literal["none", "untrained", "blind", "no-properties"]
SCRIPTED = "scripted"


@dataclass(frozen=True)
class Contender:
    """Something that serves the evaluated skill."""

    name: str
    """``scripted``; the name of a checkpoint or deployment file; or of a control."""
    source: Path | None
    """Checkpoint folder or deployment file; None for the world's own skill."""
    control: Control = "none"
    """Change of the checkpoint: new weights, grey pictures, or no properties."""


def contender_for(name: str, policies: Mapping[str, Path]) -> Contender:
    """Return the contender that a command names.

    Args:
        name: ``scripted``, a policy of the world, a checkpoint folder, or a deployment file.
        policies: Policies of the world, as `WorldKind.policies` has them.

    Raises:
        InputError: If it is none of them.
    """
    if name == SCRIPTED:
        return Contender(SCRIPTED, None)
    if name in policies:
        return Contender(name, policies[name])
    path = Path(name)
    if (path / CONFIG).exists() or (path.suffix in (".yaml", ".yml") and path.exists()):
        return Contender(path.name, path)
    known = ", ".join(f"'{one}'" for one in (*policies, SCRIPTED))
    hint = f"a folder with {CONFIG}, a treehand.yaml that binds the skill, or {known}"
    raise InputError.of("unknown-policy", f"there is no policy '{name}'", hint=hint)


def controls_of(contender: Contender) -> tuple[Contender, ...]:
    """Return the controls for a checkpoint: new weights, and grey pictures; else nothing.

    Torch draws new weights; where it is not installed, they are left out.
    """
    if contender.source is None or not contender.source.is_dir():
        return ()
    controls: list[Control] = ["blind"] if missing_library("torch") else ["untrained", "blind"]
    return tuple(
        Contender(f"{contender.name}, {control}", contender.source, control) for control in controls
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
        bound = checkpoint_binding(
            config,
            plain.kind.robot,
            skill,
            plain.domain.skills[skill],
            path=str(contender.source.absolute()),
            control=contender.control,
        )
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
