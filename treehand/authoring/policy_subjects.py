"""The policies that ``treehand check-policy`` looks at: bound ones, and those that nobody bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from treehand.core.clock import MonotonicClock
from treehand.core.errors import InputError, near
from treehand.core.keyed_random import KeyedRandom
from treehand.documents.reader import read_file
from treehand.orchestrator.config.deployment import Deployment
from treehand.skills import Controllable, FailureCode
from treehand.skills.domain import Call
from treehand.skills.vla import (
    URL_SCHEMES,
    ControlSettings,
    PolicyError,
    PolicyService,
    PolicySpec,
    PolicyUnderTest,
    contradictions,
    find_adapter,
    is_url,
    policy_under_test,
    read_config,
    synthetic_observation,
)
from treehand.worlds import WorldContext, open_checked

INSTRUCTIONS = ("pick up the red block", "open the drawer")
"""Instruction for a policy that is not bound to a skill, by default."""


def bound_subjects(
    deployment: Deployment, *, skill: str | None = None, address: str | None = None
) -> list[PolicyUnderTest]:
    """Return the policies that a deployment binds, with what its robot sees and feels now.

    Args:
        deployment: What runs where; its world is opened and looked at, and nothing moves.
        skill: Only those that serve this skill.
        address: Only those at this URL.

    Raises:
        InputError: If no policy serves the skill, or the robot cannot be driven by one.
    """
    found = [
        (name, service)
        for name, service in _services(deployment)
        if skill in (None, name) and address in (None, service.address)
    ]
    if not found and address is None:
        names = sorted({name for name, _ in _services(deployment)})
        if skill is not None:
            hint = near(skill, names, what="skills that a policy serves")
            raise InputError.of("unserved-skill", f"no policy serves '{skill}' here", hint=hint)
        message = "no policy serves any skill here"
        hint = "bind one under 'bindings:', or give a URL"
        raise InputError.of("unserved-skill", message, hint=hint)
    if not found:
        return []
    clock = MonotonicClock()
    context = WorldContext(deployment.domain, deployment.scene, KeyedRandom(0), clock)
    world = open_checked(deployment.kind, context)
    robot = world.embodiment
    if not isinstance(robot, Controllable):
        message = f"the robot of world '{deployment.kind.name}' does not say what its actions mean"
        hint = "give it a 'spec' and 'readings', as treehand.skills.Controllable says"
        raise InputError.of("uncontrollable-robot", message, hint=hint)
    return [
        policy_under_test(service, robot, clock.now_s, _calls(deployment, name))
        for name, service in found
    ]


def _services(deployment: Deployment) -> Iterator[tuple[str, PolicyService]]:
    for name, first in deployment.policies.items():
        if name not in deployment.alternatives:
            yield name, first
            continue
        for way in deployment.alternatives[name].options:
            if isinstance(way.factory, PolicyService):
                yield name, way.factory


def _calls(deployment: Deployment, name: str) -> tuple[Call, Call]:
    """Return two calls of a skill; the same twice if there is but one."""
    params = deployment.domain.skills[name].params
    choices = [deployment.vocabulary.objects(kind) for kind in params.values()]
    first = Call(name, tuple(objects[0] for objects in choices if objects))
    last = Call(name, tuple(objects[-1] for objects in choices if objects))
    return first, last


def free_subject(
    address: str,
    *,
    adapter: str | None,
    spec_file: Path | None,
    instructions: Sequence[str] = INSTRUCTIONS,
) -> PolicyUnderTest:
    """Return a policy that nobody bound, asked with made-up observations.

    Args:
        address: Its URL, or the folder of a checkpoint.
        adapter: Name of the adapter; by the URL's scheme if left out.
        spec_file: What it sees and answers: a `PolicySpec` as YAML; a checkpoint says that itself.
        instructions: What it is told, and what else.

    Raises:
        InputError: If the address or the file is of no kind that is known.
    """
    spec = read_file(spec_file, PolicySpec) if spec_file is not None else None
    if Path(address).is_dir():
        spec = spec or read_config(Path(address)).spec
        adapter = adapter or "torch"
    scheme = address.partition("://")[0] if "://" in address else ""
    adapter = adapter or URL_SCHEMES.get(scheme)
    if adapter is None:
        message = f"'{address}' is neither a URL of a policy server nor a file"
        hint = (
            f"URLs begin with: {', '.join(f'{s}://' for s in URL_SCHEMES)}; or name the --adapter"
        )
        raise InputError.of("wrong-url", message, hint=hint)
    if scheme and not is_url(address):
        raise InputError.of("wrong-url", f"'{address}' is no URL", hint="ws://127.0.0.1:8000")
    factory = find_adapter(adapter)
    known = spec

    def accept(declared: Mapping[str, Any]) -> None:
        problems = list(contradictions(known, declared, {})) if known is not None else []
        if problems:
            raise PolicyError(FailureCode.POLICY_MISMATCH, "; ".join(problems))

    first, other = instructions
    nothing = PolicySpec.model_validate(NOTHING)
    return PolicyUnderTest(
        label=f"{adapter} {address}",
        make=lambda: factory(address, spec or nothing, {}),
        spec=spec,
        observe=lambda request: synthetic_observation(spec or nothing, request),
        settings=ControlSettings(first, execute_n=max((spec.chunk if spec else 2) // 2, 1)),
        other_instruction=other,
        accept=accept,
    )


NOTHING: Mapping[str, Any] = {
    "action": {"control": "delta", "dims": [{"label": "unknown", "low": -1, "high": 1}]},
    "chunk": 1,
    "rate_hz": 1,
}
"""Stands for what is not known of a policy that is only connected to."""
