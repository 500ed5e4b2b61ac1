"""Makes the activations of skills in one run."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Protocol

from treehand.core.clock import Clock
from treehand.core.errors import ContractError
from treehand.core.events import SkillNoted
from treehand.core.text.outside_values import readable, shown
from treehand.orchestrator.running.halting.activation_gates import ActivationGates
from treehand.orchestrator.running.world_model import WorldModel
from treehand.skills import GatedSkill, Skill, SkillContext, SkillFactory
from treehand.skills.domain import Call, FactsView
from treehand.trees import Activation, Alternatives


class SkillWrapper(Protocol):
    """Replaces skills by misbehaving ones: fault injection."""

    def wrap(self, activation: Activation, skill: Skill, clock: Clock) -> Skill:
        """Return the skill, or another one around it."""
        ...


class SkillMaker:
    """Factory of skill activations for the tree of one run.

    Args:
        world_model: World, beliefs and clock that a skill gets.
        gates: Opens the command gate of each activation.
        wrapper: Wraps every new skill; None if skills stay as they are.
        has_alternatives: False: each call is served by the first alternative that can act on it.
    """

    def __init__(
        self,
        world_model: WorldModel,
        gates: ActivationGates,
        wrapper: SkillWrapper | None,
        *,
        has_alternatives: bool = True,
    ) -> None:
        self._world_model = world_model
        self._gates = gates
        self._wrapper = wrapper
        self._has_alternatives = has_alternatives

    def make(self, activation: Activation) -> Skill:
        """Return a fresh activation of a skill.

        Raises:
            LookupError: If nothing serves the call in this world.
        """
        call, attempt, world_model = activation.call, activation.attempt, self._world_model
        gate = self._gates.open(activation)
        context = SkillContext(
            call=call,
            attempt=attempt,
            gate=gate,
            clock=world_model.clock,
            facts=FactsView(world_model.facts),
            random=world_model.random.under(call.name, call.arguments, attempt),
            note=self._noter(call, activation.path),
            inputs=activation.inputs,
            limits_now=lambda: world_model.limits.on(call, world_model.facts),
            traceparent=world_model.tracing.of_leaf(activation.path),
        )
        try:
            factory = activation.factory or self._factory(call)
            with gate.inside("the factory"):
                skill = factory(context)
            _require_skill(skill, call, factory)
            gate.log.kind = type(skill)
        except BaseException:
            gate.note_rest()  # it may have left a thread behind
            raise
        if self._wrapper is not None:
            skill = self._wrapper.wrap(activation, skill, world_model.clock)
        return GatedSkill(skill, gate)

    def speed(self, call: Call) -> float:
        """Return the share of the usual speed that limits leave to a call."""
        return self._world_model.limits.on(call, self._world_model.facts).speed

    def alternatives(self, skill: str) -> Alternatives | None:
        """Return the alternatives that serve a skill; None if there is only one."""
        return (
            self._world_model.deployment.alternatives.get(skill) if self._has_alternatives else None
        )

    def _factory(self, call: Call) -> SkillFactory:
        deployment = self._world_model.deployment
        world = deployment.kind.name
        if not self._has_alternatives and call.name in deployment.alternatives:
            options = deployment.alternatives[call.name].options
            able = (one.factory for one in options if one.ask is None and one.serves(call))
            if (first := next(able, None)) is not None:
                return first
        definition = deployment.catalog.find(call.name, world)
        if definition is None:
            raise LookupError(f"nothing serves skill '{call.name}' in world '{world}'")
        return definition.factory

    def _noter(self, call: Call, path: str) -> Callable[[str], None]:
        world_model = self._world_model

        def note(text: str) -> None:
            if not isinstance(text, str):
                raise ContractError(f"wrong-note: note() got {shown(text)}, which is no text")
            now_s = world_model.clock.now_s()
            world_model.emit(SkillNoted(t_s=now_s, path=path, call=call, note=readable(text)))

        return note


def _require_skill(made: object, call: Call, factory: SkillFactory) -> None:
    """Raise `ContractError` if a factory has made something else than a skill."""
    missing = [name for name in _METHODS if not callable(getattr(made, name, None))]
    if missing:
        code = getattr(factory, "__code__", None)
        raise ContractError(
            f"wrong-result: the factory of skill '{call.name}' returned {shown(made)}, "
            f"which has no {', no '.join(f'{name}()' for name in missing)}",
            code if isinstance(code, CodeType) else None,
        )


_METHODS = ("start", "step", "halt")
