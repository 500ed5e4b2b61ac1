"""The ``policy:`` section of a binding in ``treehand.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from treehand.core.errors import Finding, near
from treehand.core.spans import Span
from treehand.documents.reader import Located
from treehand.skills.contracts.embodiment import EmbodimentSpec, Positive
from treehand.skills.contracts.served_objects import ServedObjects
from treehand.skills.domain import (
    Call,
    Domain,
    FormulaField,
    Seconds,
    SkillModel,
    Vocabulary,
    mismatch_findings,
)
from treehand.skills.vla.adapters import (
    BUILT_IN,
    EXTRAS,
    URL_SCHEMES,
    adapter_names,
    missing_library,
)
from treehand.skills.vla.contract.action_limits import Beyond
from treehand.skills.vla.contract.adapt import Adapt
from treehand.skills.vla.contract.spec import PolicySpec, PolicyWants
from treehand.skills.vla.control.chunks import Combining
from treehand.skills.vla.control.controller import ControlSettings, Starts
from treehand.skills.vla.control.guards import GuardsModel
from treehand.skills.vla.control.success import GripperCheck
from treehand.skills.vla.conversion.misfits import Misfit

Lasting = Annotated[Seconds, Field(gt=0)]
"""A duration greater than zero."""
_SLOT = re.compile(r"\{([^{}]*)\}")


class PolicyModel(Located):
    """A policy and its control settings."""

    name: str | None = None
    """Name of the policy for people; adapter and address if left out."""
    adapter: str
    """Adapter for the policy's protocol: openpi, groot, act, lerobot; torch or numpy: a checkpoint
    in this process; another package's, or a class or function of yours, ``file.py:MyPolicy``."""
    url: str | None = None
    """URL of the policy server."""
    path: str | None = None
    """Checkpoint folder, relative to this file, of a policy that runs in this process."""
    instruction: str
    """Instruction for the policy; ``{item}`` stands for an argument of the skill, in words."""
    items: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Objects or types that the policy can act on, as the first argument of its skill; all if left
    out. Other objects are left to the next entry of ``otherwise``, or refused by the planner."""
    places: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """The same for the second argument: where a policy can put what it holds."""
    rate_hz: Annotated[Positive, Field(le=1000)] = 30.0
    """Actions per second."""
    chunk: Annotated[int, Field(gt=0, le=1000)] = 16
    """Actions in one chunk."""
    execute: Annotated[int, Field(gt=0)] | None = None
    """Actions that are executed before the next observation; half of the chunk if left out."""
    starts: Starts | None = None
    """Time of a chunk's first action: the period of its observation, or its arrival; arrival if
    left out and a chunk has one action only."""
    combine: Combining = "switch"
    """Combination of overlapping chunks: the newest (switch), a ramp from the last one to it
    (blend), or the mean of all, weighted by ``exp(-ensemble_rate · i)``, oldest first
    (ensemble)."""
    ensemble_rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.01
    """Of ``combine: ensemble``: decay of the weights, per chunk."""
    blend: Annotated[int, Field(gt=0)] = 4
    """Of ``combine: blend``: periods of the ramp."""
    beyond: Beyond = "fail"
    """Treatment of an action beyond a limit: the leaf fails, or the limit is sent (clamp)."""
    answer_within: Lasting = 2.0
    """Time limit of an inference in wall time, the first one excepted. In virtual time a policy in
    this process has none."""
    warm_up: Lasting = 60.0
    """Time limit for the connection and the first answer."""
    hold: Seconds = 0.2
    """Time for which the last action is held when no chunk covers the present."""
    ramp: Seconds = 0.3
    """Time of the ramp to a standstill after that; then the leaf fails."""
    latency: Seconds = 0.0
    """Latency of an inference in virtual time."""
    expects: dict[str, Any] = {}
    """Values that the server must declare, by key."""
    wants: PolicyWants = PolicyWants()
    """Inputs and outputs of the policy, where they differ from those of the robot."""
    adapt: Adapt = Adapt()
    """Convention of the robot where it differs from ``wants: action``, and how it is converted."""
    options: dict[str, Any] = {}
    """Options of the adapter."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        is_somewhere = (self.url is None) != (self.path is None)
        if not is_somewhere and (":" not in self.adapter or self.url is not None):
            raise _wrong("a policy is at a url or a path", "give exactly one of: url, path")
        if self.wants.continues and (self.starts == "arrival" or self.chunk == 1):
            message = "an answer that continues what is under way begins with its observation"
            raise _wrong(message, "leave out 'starts: arrival', and give a chunk of more than 1")
        if self.execute is not None and self.execute > self.chunk:
            message = f"'execute' is {self.execute}, but an answer has {self.chunk} actions"
            raise _wrong(message, "execute at most as many as 'chunk' says")
        return self

    @property
    def address(self) -> str:
        """URL or path of the policy."""
        return self.url if self.url is not None else self.path or ""

    @property
    def label(self) -> str:
        """Name of the policy for people."""
        return self.name or f"{self.adapter} {self.address}".rstrip()

    def spec(self, robot: EmbodimentSpec) -> PolicySpec:
        """Return the policy's inputs and outputs on a robot."""
        return self.wants.over(robot, chunk=self.chunk, rate_hz=self.rate_hz, adapt=self.adapt)

    def served(self, vocabulary: Vocabulary) -> ServedObjects:
        """Return the objects that the policy can act on."""

        def named(names: tuple[str, ...] | None) -> frozenset[str] | None:
            if names is None:
                return None
            groups = [vocabulary.objects(n) if n in vocabulary.types else (n,) for n in names]
            return frozenset(name for group in groups for name in group)

        return ServedObjects((named(self.items), named(self.places)))

    def object_findings(self, vocabulary: Vocabulary, model: SkillModel) -> Iterator[Finding]:
        """Yield each entry of `items` and `places` that no argument of the skill can be."""
        known = [*vocabulary.object_types, *vocabulary.types]
        for key, names in (("items", self.items), ("places", self.places)):
            for index, name in enumerate(names or ()):
                if name not in known:
                    message = f"'{name}' is neither an object nor a type"
                    hint = near(name, known, what="objects and types")
                    yield Finding("unknown-object", message, self.span(key, index), hint)
        if self.places is not None and len(model.params) < 2:
            message = "'places' is for the second argument of a skill, and this one has none"
            yield Finding("wrong-policy", message, self.span("places"), "leave it out")

    def misfit_span(self, misfit: Misfit) -> Span | None:
        """Return the position of what does not fit the robot: the key itself, or its section."""
        if misfit.key in type(self.adapt).model_fields and getattr(self.adapt, misfit.key):
            return self.adapt.span(misfit.key)
        action = self.wants.action
        if action is not None and misfit.key in type(action).model_fields:
            return action.span(misfit.key)
        section = self.wants if self.wants.span() is not None else self
        return section.span(misfit.key)

    def settings(self, call: Call, params: Mapping[str, str]) -> ControlSettings:
        """Return the control settings for one call.

        Args:
            call: Call of the skill.
            params: Parameters of the skill: name to type.
        """
        binding = dict(zip(params, call.arguments, strict=True))
        words = {name: value.replace("_", " ") for name, value in binding.items()}
        return ControlSettings(
            instruction=_SLOT.sub(lambda slot: words[slot[1]], self.instruction),
            execute_n=self.execute or max(self.chunk // 2, 1),
            starts=self.starts or ("arrival" if self.chunk == 1 else "observation"),
            combining=self.combine,
            ensemble_rate=self.ensemble_rate,
            blend_n=self.blend,
            beyond=self.beyond,
            answer_s=self.answer_within,
            warm_up_s=self.warm_up,
            hold_s=self.hold,
            ramp_s=self.ramp,
        )

    def findings(self, skill: SkillModel) -> Iterator[Finding]:
        """Yield the errors in the section of a policy that serves `skill`."""
        for slot in _SLOT.findall(self.instruction):
            if slot not in skill.params:
                hint = near(slot, skill.params, what="parameters of the skill")
                message = f"'{{{slot}}}' is no parameter of the skill"
                yield Finding("unknown-parameter", message, self.span("instruction"), hint)
        scheme = (self.url or "").partition("://")[0] if "://" in (self.url or "") else None
        speaks = URL_SCHEMES.get(scheme or "")
        if self.url is not None and (scheme is None or not is_url(self.url)):
            message = f"'{self.url}' is no URL"
            hint = "for example ws://127.0.0.1:8000"
            yield Finding("wrong-url", message, self.span("url"), hint)
        if self.adapter in BUILT_IN and (library := missing_library(self.adapter)) is not None:
            hint = f"pip install 'treehand[{EXTRAS[self.adapter]}]'"
            message = f"adapter '{self.adapter}' needs {library}, which is not installed"
            yield Finding("missing-extra", message, self.span("adapter"), hint)
        if ":" in self.adapter:
            return
        if self.adapter not in adapter_names():
            hint = near(self.adapter, adapter_names(), what="known adapters")
            message = f"unknown policy adapter '{self.adapter}'"
            yield Finding("unknown-adapter", message, self.span("adapter"), hint)
        elif self.adapter in URL_SCHEMES.values() and speaks not in (None, self.adapter):
            message = f"'{self.url}' is spoken to by adapter '{speaks}', not '{self.adapter}'"
            yield Finding("wrong-url", message, self.span("url"), "change one of them")


class PolicyBinding(Located):
    """A skill that a policy serves until a formula over facts is true."""

    policy: PolicyModel
    """Policy and its control settings."""
    until: FormulaField
    """Success condition, over the skill's parameters; its facts must be observed by perception."""
    settle: Seconds = 0.2
    """Time for which the success condition must hold without a break."""
    confirm: GripperCheck | str | None = None
    """Further success detector: a check of the gripper, or a function of yours,
    ``file.py:function``."""
    guards: GuardsModel = GuardsModel()
    """Limits on force, work volume and path that end an attempt at once."""
    timeout: Lasting = 60.0
    """Time limit of one attempt."""
    stall: Lasting = 10.0
    """An attempt fails if nothing moves and no fact changes for this long."""

    def findings(self, name: str, domain: Domain, vocabulary: Vocabulary) -> Iterator[Finding]:
        """Yield the errors in the binding of the skill `name`."""
        skill = domain.skills[name]
        yield from self.policy.findings(skill)
        span = self.span("until")
        mismatches = tuple(vocabulary.check(self.until, skill.params))
        yield from mismatch_findings(mismatches, span, self.text("until") or str(self.until))
        for atom in () if mismatches else self.until.atoms():
            if domain.predicates[atom.fact.predicate].known_by != "sensed":
                message = f"nobody observes '{atom.fact}', so it cannot say that a policy is done"
                yield Finding("unobserved-end", message, span, "name what perception tells")


def is_url(text: str) -> bool:
    """Return True if a text is a URL with a host and, if it has a port, a valid one."""
    try:
        found = urlsplit(text)
        return bool(found.scheme and found.hostname) and found.port != 0
    except ValueError:
        return False


def _wrong(message: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_policy", message, {"code": "wrong-policy", "hint": hint})
