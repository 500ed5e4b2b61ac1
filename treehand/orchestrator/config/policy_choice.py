"""The trained policy that a deployment is given: which skills it serves, and what else does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from treehand.core.errors import InputError, near
from treehand.orchestrator.config.bindings import BUILT_IN, TROUBLE, SkillBinding
from treehand.skills import FailureCode, SkillCatalog
from treehand.skills.domain import Domain, Vocabulary
from treehand.skills.vla.checkpoint_binding import checkpoint_binding
from treehand.skills.vla.contract.checkpoint import CONFIG, read_config
from treehand.worlds import WorldKind

MISSED = (
    FailureCode.TIMEOUT,
    FailureCode.STALLED,
    FailureCode.GRASP_MISSED,
    FailureCode.GRASP_DROPPED,
    FailureCode.PATH_BLOCKED,
    FailureCode.UNSAFE_FORCE,
)
"""Failures of a policy's motion, after which the world's own skill is tried as well."""


def policy_folder(name: str, kind: WorldKind) -> Path:
    """Return the checkpoint folder of a policy.

    Args:
        name: Name of a policy that the world brings, or the path of a folder.
        kind: The world.

    Raises:
        InputError: If there is no such policy.
    """
    if name in kind.policies:
        return kind.policies[name]
    folder = Path(name)
    if (folder / CONFIG).is_file():
        return folder
    message = f"world '{kind.name}' brings no policy '{name}', and there is no such checkpoint"
    hint = f"a folder with {CONFIG}"
    if kind.policies:
        hint = f"{near(name, kind.policies, what='policies')}, or {hint}"
    raise InputError.of("unknown-policy", message, hint=hint)


def policy_bindings(
    name: str, kind: WorldKind, domain: Domain, vocabulary: Vocabulary, catalog: SkillCatalog
) -> dict[str, SkillBinding]:
    """Return the bindings of the skills that a policy knows, to it and then to the world's own.

    Objects that the scene does not have are left out; a skill without any other is not bound.

    Raises:
        InputError: If there is no such policy, it does not say what it knows or knows nothing
            here, or the world has no robot.
    """
    folder = policy_folder(name, kind)
    config = read_config(folder)
    if kind.robot is None:
        message = f"world '{kind.name}' declares no robot that a policy could move"
        raise InputError.of("unknown-policy", message, hint="leave --policy out")
    if not config.serves:
        message = f"'{folder}' does not say which skills it serves"
        hint = "bind them in treehand.yaml"
        raise InputError.of("unknown-policy", message, hint=hint)
    found: dict[str, SkillBinding] = {}
    for skill, things in config.serves.items():
        known = [one for one in things if one in vocabulary.object_types]
        there = config.places.get(skill)
        places = there and [one for one in there if one in vocabulary.object_types]
        if skill not in domain.skills or not known or (there and not places):
            continue
        bound: dict[str, Any] = checkpoint_binding(
            config,
            kind.robot,
            skill,
            domain.skills[skill],
            path=str(folder.absolute()),
            name=Path(name).name,
            items=known,
            places=places,
        )
        if catalog.find(skill, kind.name) is not None:
            codes = [str(code) for code in (*TROUBLE, *MISSED)]
            bound |= {"otherwise": [{"skill": BUILT_IN}], "otherwise_on": codes}
        found[skill] = SkillBinding.model_validate(bound)
    if not found:
        message = f"policy '{name}' serves nothing of this domain and scene"
        hint = f"it serves: {', '.join(config.serves)}"
        raise InputError.of("unknown-policy", message, hint=hint)
    return found
