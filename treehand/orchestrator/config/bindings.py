"""Bindings of ``treehand.yaml``: the function, policy or person that serves a skill."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from treehand.core.errors import Finding, InputError, near
from treehand.core.source.declarations import declaration_at
from treehand.core.spans import Span
from treehand.documents.reader import Located
from treehand.orchestrator.config.code import Code, refuse_skill
from treehand.skills import (
    POLICY_TROUBLE,
    EmbodimentSpec,
    FailureCode,
    SkillCatalog,
    SkillDefinition,
    SkillFactory,
)
from treehand.skills.contracts.served_objects import ServedObjects
from treehand.skills.domain import Domain, Vocabulary
from treehand.skills.signatures import SKILL_DECORATORS, signature_finding
from treehand.skills.vla import (
    PolicyBinding,
    PolicyFactory,
    PolicyModel,
    PolicyService,
    find_adapter,
    incompatibilities,
)
from treehand.trees import Alternative, Alternatives, AskModel
from treehand.worlds import ROS, RosBinding, RosSettings
from treehand.worlds.ros.skills import ros_skill

BUILT_IN = "world"
"""Name of the alternative that is the world's own skill."""
TROUBLE = (*sorted(POLICY_TROUBLE), FailureCode.SKILL_ERROR, FailureCode.WRONG_EFFECT)
"""Failures after which another way is tried, if the file does not say."""


class AlternativeModel(Located):
    """Alternative that serves a skill when those before it fail."""

    policy: PolicyModel | None = None
    """Another policy, until the same fact."""
    skill: str | None = None
    """A function, ``file.py:function``; ``world`` for the world's own skill."""
    ask: AskModel | None = None
    """Task for a person."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(part is not None for part in (self.policy, self.skill, self.ask)) != 1:
            context = {"code": "wrong-way", "hint": "give exactly one of: policy, skill, ask"}
            raise PydanticCustomError("wrong_way", "a way is one thing", context)
        return self


class SkillBinding(PolicyBinding):
    """A skill that a policy serves, and what else may serve it."""

    otherwise: tuple[AlternativeModel, ...] = ()
    """Alternatives that are tried when the policy fails with a code of `otherwise_on`."""
    otherwise_on: Annotated[tuple[FailureCode, ...], Field(min_length=1)] = TROUBLE
    """Failures after which the next one is tried."""


def _kind_of(binding: Any) -> str:
    if isinstance(binding, str):
        return "str"
    is_ros = "ros" in binding if isinstance(binding, Mapping) else hasattr(binding, "ros")
    return "RosBinding" if is_ros else "SkillBinding"


BindingField = Annotated[
    Annotated[SkillBinding, Tag("SkillBinding")]
    | Annotated[RosBinding, Tag("RosBinding")]
    | Annotated[str, Tag("str")],
    Discriminator(_kind_of),
]
"""A function, a policy with what else may serve the skill, or an interface of ROS."""


def code_references(bindings: Mapping[str, BindingField]) -> Iterator[str]:
    """Yield each ``file.py:NAME`` or ``module:NAME`` that bindings name, and other names."""
    for binding in bindings.values():
        if isinstance(binding, str):
            yield binding
            continue
        if isinstance(binding, RosBinding):
            continue
        yield binding.policy.adapter
        if isinstance(binding.confirm, str):
            yield binding.confirm
        for other in binding.otherwise:
            yield from filter(None, (other.skill, other.policy and other.policy.adapter))


@dataclass
class ResolvedBindings:
    """Resolved bindings of a deployment."""

    definitions: list[SkillDefinition] = field(default_factory=list)
    """Definition that serves each bound skill, or serves it first."""
    alternatives: dict[str, Alternatives] = field(default_factory=dict)
    """Skill to all that serves it, where that is more than one."""
    policies: dict[str, PolicyService] = field(default_factory=dict)
    """Skill to the policy that serves it, or serves it first."""
    only: dict[str, ServedObjects] = field(default_factory=dict)
    """Skill to the objects that its policies can act on, where nothing serves the others."""

    def restricted(self, domain: Domain) -> Domain:
        """Return the domain without the calls that nothing serves."""
        skills = dict(domain.skills)
        for name, served in self.only.items():
            model = skills[name]
            only = {**model.only, **served.by_parameter(model.params)}
            skills[name] = model.model_copy(update={"only": only})
        return domain.model_copy(update={"skills": skills}) if self.only else domain


@dataclass(frozen=True)
class Binder:
    """Resolves bindings.

    Attributes:
        base: Folder of the deployment file.
        domain: Which skills there are.
        vocabulary: Which objects.
        catalog: What the world and installed packages bring.
        world: Name of the world.
        code: Gives the functions that the bindings name.
        robot: Robot of the world, which policies must fit; None if it is known at the start only.
        ros: Robot behind rosbridge; None if the world is another one.
    """

    base: Path
    domain: Domain
    vocabulary: Vocabulary
    catalog: SkillCatalog
    world: str
    code: Code
    robot: EmbodimentSpec | None = None
    ros: RosSettings | None = None

    def resolve(
        self, bindings: Mapping[str, BindingField], source: Located
    ) -> tuple[ResolvedBindings, list[Finding]]:
        """Return the resolved bindings, and all findings about them."""
        bound = ResolvedBindings()
        findings: list[Finding] = []
        for name, binding in bindings.items():
            if name not in self.domain.skills:
                hint = near(name, self.domain.skills, what="known skills")
                span = source.entry_span("bindings", name, is_key=True)
                findings.append(Finding("unknown-skill", f"unknown skill '{name}'", span, hint))
                continue
            try:
                if isinstance(binding, RosBinding):
                    bound.definitions.append(self._ros(binding, name))
                elif isinstance(binding, SkillBinding):
                    self._bind_policy(bound, name, binding)
                else:
                    span = source.entry_span("bindings", name)
                    bound.definitions.append(self._function(binding, name, span))
            except InputError as error:
                findings.extend(error.findings)
        return bound, findings

    def _ros(self, binding: RosBinding, name: str) -> SkillDefinition:
        if self.ros is None:
            message = f"'{name}' is bound to ROS, and there is no robot behind rosbridge"
            hint = "write 'world: ros' and a section 'ros:' with its url"
            raise InputError.of("missing-key", message, span=binding.span("ros"), hint=hint)
        found = list(binding.ros.findings(name, self.domain, self.vocabulary, self.ros))
        if found:
            raise InputError(found)
        model, predicates = self.domain.skills[name], self.domain.predicates
        seen = tuple(
            atom for atom in model.effects if predicates[atom.fact.predicate].known_by == "sensed"
        )
        factory = ros_skill(binding.ros, tuple(model.params), seen, self.ros)
        return SkillDefinition(name, factory, ROS)

    def _function(self, reference: str, name: str, span: Span | None) -> SkillDefinition:
        try:
            definition = self.code.skill(reference, name, self.base)
        except InputError as error:
            raise _at(error, span) from error
        misfit = self._misfit(reference, name, span)
        if misfit is not None:
            raise InputError([misfit])
        return definition

    def _misfit(self, reference: str, name: str, span: Span | None) -> Finding | None:
        """Return a finding if a function cannot take the arguments of its skill."""
        declared = declaration_at(reference, self.base)
        if declared is None or not declared.is_known or declared.signature is None:
            return None
        if declared.decorated_by(*SKILL_DECORATORS) is None:
            return None
        return signature_finding(
            name,
            declared.signature,
            tuple(self.domain.skills[name].params),
            span,
            code_at=declared.span,
            model_at=self.domain.entry_span("skills", name, is_key=True),
        )

    def _bind_policy(self, bound: ResolvedBindings, name: str, binding: SkillBinding) -> None:
        found = list(binding.findings(name, self.domain, self.vocabulary))
        found.extend(self._misfits(binding.policy))
        for other in binding.otherwise:
            found.extend(self._way_findings(other, name))
        models = [binding.policy, *filter(None, (other.policy for other in binding.otherwise))]
        skill = self.domain.skills[name]
        found += [one for p in models for one in p.object_findings(self.vocabulary, skill)]
        if found:
            raise InputError(found)
        first = self._service(name, binding, binding.policy)
        bound.policies[name] = first
        bound.definitions.append(SkillDefinition(name, first))
        if binding.otherwise:
            options = [Alternative(binding.policy.label, first, only=first.served)]
            options += [self._alternative(name, binding, other) for other in binding.otherwise]
            bound.alternatives[name] = Alternatives(tuple(options), frozenset(binding.otherwise_on))
        served = [option.only for option in options] if binding.otherwise else [first.served]
        only = functools.reduce(operator.or_, served)
        if only.by_parameter(skill.params):
            bound.only[name] = only

    def _misfits(self, policy: PolicyModel) -> Iterator[Finding]:
        """Yield what the robot of the world does not have or take."""
        if self.robot is not None:
            for misfit in incompatibilities(policy.spec(self.robot), self.robot):
                span = policy.misfit_span(misfit)
                yield Finding("policy-misfit", misfit.what, span, f"would fit: {misfit.fix}")

    def _way_findings(self, other: AlternativeModel, name: str) -> Iterator[Finding]:
        if other.policy is not None:
            yield from other.policy.findings(self.domain.skills[name])
            yield from self._misfits(other.policy)
        elif other.skill == BUILT_IN and self._own_factory(name) is None:
            message = f"world '{self.world}' brings no skill '{name}'"
            hint = "name a function, file.py:function"
            yield Finding("unserved-skill", message, other.span("skill"), hint)

    def _alternative(
        self, name: str, binding: SkillBinding, other: AlternativeModel
    ) -> Alternative:
        if other.ask is not None:
            return Alternative("a person", ask=other.ask)
        if other.policy is not None:
            service = self._service(name, binding, other.policy)
            return Alternative(other.policy.label, service, only=service.served)
        assert other.skill is not None
        factory: SkillFactory
        if other.skill == BUILT_IN:
            own = self._own_factory(name)
            assert own is not None
            return Alternative("the world's own skill", own)
        factory = self._function(other.skill, name, other.span("skill")).factory
        return Alternative(other.skill, factory)

    def _own_factory(self, name: str) -> SkillFactory | None:
        """Return the factory of the world's own skill; any may be that of a world not loaded."""
        own = self.catalog.find(name, self.world)
        if own is not None:
            return own.factory
        is_unknown = any(one.what == "world" for one in self.code.not_loaded)
        return refuse_skill if is_unknown else None

    def _service(self, name: str, binding: SkillBinding, policy: PolicyModel) -> PolicyService:
        address = policy.address
        if policy.path is not None:
            address = str(self.base / policy.path)
            if not Path(address).is_dir():
                message = f"there is no checkpoint folder '{policy.path}'"
                hint = "give the folder that holds config.json and the weights"
                raise InputError.of("unknown-file", message, span=policy.span("path"), hint=hint)
        detect = None
        if isinstance(binding.confirm, str):
            detect = self._loaded(binding.confirm, binding.span("confirm"))
        own: PolicyFactory | None = None
        if ":" in policy.adapter:
            own = self._loaded(policy.adapter, policy.span("adapter"))
        return PolicyService(
            binding.model_copy(update={"policy": policy}),
            self.domain.skills[name].params,
            lambda: own or find_adapter(policy.adapter),
            address,
            detect,
            policy.served(self.vocabulary),
        )

    def _loaded(self, reference: str, span: Span | None) -> Any:
        try:
            return self.code.function(reference, self.base)
        except InputError as error:
            raise _at(error, span) from error


def _at(error: InputError, span: Span | None) -> InputError:
    """Return an error whose findings are at a place."""
    return InputError(Finding(f.code, f.message, span, f.hint) for f in error.findings)
