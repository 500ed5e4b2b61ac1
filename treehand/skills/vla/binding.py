"""What ``treehand.yaml`` says of a skill that a policy serves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from treehand.documents.reader import Located
from treehand.core.errors import Finding, near
from treehand.skills.domain import (
    Call,
    Domain,
    FormulaField,
    Seconds,
    SkillModel,
    Vocabulary,
    mismatch_findings,
)
from treehand.skills.contracts.embodiment import EmbodimentSpec, Positive
from treehand.skills.vla.adapters import EXTRAS, OWN, SCHEMES, adapter_names, missing_library
from treehand.skills.vla.control.action_limits import Beyond
from treehand.skills.vla.control.chunks import Combining
from treehand.skills.vla.control.controller import ControlSettings, Starts
from treehand.skills.vla.contract.spec import PolicySpec, PolicyWants
from treehand.skills.vla.control.success import GripperCheck

Lasting = Annotated[Seconds, Field(gt=0)]
"""A duration that is not none."""
_SLOT = re.compile(r"\{([^{}]*)\}")


class PolicyModel(Located):
    """A policy, and how it drives."""

    adapter: str
    """Which protocol it speaks: openpi, groot, act, lerobot; torch: a checkpoint in this process;
    another package's, or a class or function of yours, ``file.py:MyPolicy``."""
    url: str | None = None
    """Of the server that runs it."""
    path: str | None = None
    """Of the checkpoint folder, from this file's folder, if it runs in this process."""
    instruction: str
    """What it is told; ``{item}`` stands for an argument of the skill, in words."""
    rate_hz: Annotated[Positive, Field(le=1000)] = 30.0
    """Actions a second."""
    chunk: Annotated[int, Field(gt=0, le=1000)] = 16
    """Actions in one answer."""
    execute: Annotated[int, Field(gt=0)] | None = None
    """Actions from one observation to the next; half of the chunk if left out."""
    starts: Starts | None = None
    """When the first action of an answer is due: in the period of its observation, or on arrival;
    on arrival if left out and an answer has but one action."""
    combine: Combining = "switch"
    """How overlapping answers become one action: the newest (switch), from the last one over to it
    (blend), the mean of all, weighted by ``exp(-ensemble_rate · i)``, oldest first (ensemble)."""
    ensemble_rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.01
    """Of ``combine: ensemble``."""
    blend: Annotated[int, Field(gt=0)] = 4
    """Of ``combine: blend``: periods from the old answer to the new one."""
    beyond: Beyond = "fail"
    """What becomes of an action beyond a limit: the leaf fails, or the limit is sent (clamp)."""
    answer_within: Lasting = 2.0
    """Time limit of an answer on the wall, the first one excepted."""
    warm_up: Lasting = 60.0
    """Time limit for the connection and the first answer."""
    hold: Seconds = 0.2
    """How long the last action is kept up when no answer reaches so far."""
    ramp: Seconds = 0.3
    """How long the way from there to a standstill takes; then the leaf fails."""
    latency: Seconds = 0.0
    """In virtual time: how long an inference is taken to last."""
    expects: dict[str, Any] = {}
    """What a server must declare of itself, by key."""
    wants: PolicyWants = PolicyWants()
    """What it sees and says, where that is not simply what the robot has."""
    options: dict[str, Any] = {}
    """What the adapter wants to know besides."""

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
        """Return its URL or path."""
        return self.url if self.url is not None else self.path or ""

    @property
    def shown(self) -> str:
        """Return what people call it."""
        return f"{self.adapter} {self.address}".rstrip()

    def spec(self, robot: EmbodimentSpec) -> PolicySpec:
        """Return what it sees and says, with a robot."""
        return self.wants.over(robot, chunk=self.chunk, rate_hz=self.rate_hz)

    def settings(self, call: Call, params: Mapping[str, str]) -> ControlSettings:
        """Return how it drives for one call of a skill with the parameters `params`."""
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
        """Yield what is wrong with it for a skill."""
        for slot in _SLOT.findall(self.instruction):
            if slot not in skill.params:
                hint = near(slot, skill.params, what="parameters of the skill")
                message = f"'{{{slot}}}' is no parameter of the skill"
                yield Finding("unknown-parameter", message, self.span("instruction"), hint)
        scheme = (self.url or "").partition("://")[0] if "://" in (self.url or "") else None
        speaks = SCHEMES.get(scheme or "")
        if self.url is not None and (scheme is None or not is_url(self.url)):
            message = f"'{self.url}' is no URL"
            hint = "for example ws://127.0.0.1:8000"
            yield Finding("wrong-url", message, self.span("url"), hint)
        if self.adapter in OWN and (library := missing_library(self.adapter)) is not None:
            hint = f"pip install 'treehand[{EXTRAS[self.adapter]}]'"
            message = f"adapter '{self.adapter}' needs {library}, which is not installed"
            yield Finding("missing-extra", message, self.span("adapter"), hint)
        if ":" in self.adapter:
            return
        if self.adapter not in adapter_names():
            hint = near(self.adapter, adapter_names(), what="known adapters")
            message = f"unknown policy adapter '{self.adapter}'"
            yield Finding("unknown-adapter", message, self.span("adapter"), hint)
        elif self.adapter in SCHEMES.values() and speaks not in (None, self.adapter):
            message = f"'{self.url}' is spoken to by adapter '{speaks}', not '{self.adapter}'"
            yield Finding("wrong-url", message, self.span("url"), "change one of them")


class PolicyBinding(Located):
    """A skill that a policy serves, until a fact says that it is done."""

    policy: PolicyModel
    """The policy."""
    until: FormulaField
    """What says that it is done, over the skill's parameters; somebody must observe it."""
    settle: Seconds = 0.2
    """How long that must hold."""
    confirm: GripperCheck | str | None = None
    """What must agree: what the hand feels, or a detector of yours, ``file.py:function``."""
    timeout: Lasting = 60.0
    """Time limit of one attempt."""
    stall: Lasting = 10.0
    """An attempt in which nothing moves and no fact changes for so long fails."""

    def findings(self, name: str, domain: Domain, vocabulary: Vocabulary) -> Iterator[Finding]:
        """Yield what is wrong with it for the skill of that name."""
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
    """Return whether a text is a URL with a host, and a port that can be."""
    try:
        found = urlsplit(text)
        return bool(found.scheme and found.hostname) and found.port != 0
    except ValueError:
        return False


def _wrong(message: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_policy", message, {"code": "wrong-policy", "hint": hint})
