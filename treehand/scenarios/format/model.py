"""``*.scenario.yaml``: a goal, what goes wrong on the way, and what must be true in the end."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from treehand.core.text.outside_text import whole_number
from treehand.documents.named_value import GivenOrLeftOut
from treehand.documents.reader import Located
from treehand.orchestrator.running.result import Outcome
from treehand.planners import PlanningMethod
from treehand.skills import FailureCode
from treehand.skills.domain import AtomField, CallField, FormulaField, Name, Seconds

_BOUND = re.compile(r"(<=|>=)?\s*([0-9]+)")
_SEEDS = re.compile(r"([0-9]+)\s*\.\.\s*([0-9]+)")


MAX_SEEDS = 100_000
"""Most runs that one scenario may ask for."""
RESERVED_TAGS = ("skip", "skipif", "xfail", "parametrize", "usefixtures", "filterwarnings")
"""Markers that mean something to pytest."""


class Bound(NamedTuple):
    """Bound of a count: ``3``, ``<= 3`` or ``>= 1``."""

    sign: str
    number: int

    def fits(self, count: int) -> bool:
        """Return True if a count is within the bound."""
        if self.sign == "<=":
            return count <= self.number
        return count >= self.number if self.sign == ">=" else count == self.number

    def __str__(self) -> str:
        return f"{self.sign} {self.number}" if self.sign else str(self.number)


def _read_bound(value: Any) -> Any:
    if isinstance(value, Bound):
        return value
    match = _BOUND.fullmatch(str(value).strip()) if isinstance(value, int | str) else None
    number = whole_number(match[2]) if match is not None else None
    if match is None or number is None or isinstance(value, bool):
        context = {"code": "wrong-value", "hint": 'write 3, "<= 3" or ">= 1"'}
        raise PydanticCustomError("wrong_value", "this is no count", context)
    return Bound(match[1] or "", number)


def _write_bound(bound: Bound) -> int | str:
    return str(bound) if bound.sign else bound.number


def _read_seeds(value: Any) -> Any:
    match = _SEEDS.fullmatch(value.strip()) if isinstance(value, str) else None
    first, last = map(whole_number, match.groups()) if match is not None else (None, None)
    if first is not None and last is not None and 0 <= last - first < MAX_SEEDS:
        return tuple(range(first, last + 1))
    is_list = isinstance(value, list | tuple) and all(type(seed) is int for seed in value)
    if is_list and value and len(set(value)) == len(value):
        return tuple(value)
    hint = f"write 0..19, or [3, 5, 8]; each once, at most {MAX_SEEDS}"
    context = {"code": "wrong-value", "hint": hint}
    raise PydanticCustomError("wrong_value", "these are no seeds", context)


BoundField = Annotated[
    Bound,
    BeforeValidator(_read_bound),
    PlainSerializer(_write_bound),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]}),
]
"""Bound of a count: ``3``, ``<= 3`` or ``>= 1``."""

SeedsField = Annotated[
    tuple[int, ...],
    BeforeValidator(_read_seeds),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]}
    ),
]
"""Seeds: ``0..19`` or a list."""


TextField = Annotated[str, BeforeValidator(lambda value: str(value))]
"""A text; numbers are taken as they are written."""

_PHASES = ["before", "during", "after"]
PhaseField = Annotated[
    Literal["before", "during", "after"],
    WithJsonSchema({"anyOf": [{"enum": _PHASES}, {"type": "string", "pattern": r"\$\{"}]}),
]
"""When during an activation; an editor also takes what is yet to be filled in."""


class ScenarioFault(Located):
    """One disturbance: what, and when. It must trigger, or the scenario fails."""

    inject: str
    """Kind of fault: ``grasp-dropped``, ``close(fridge)``, ``fail(timeout)``."""
    at: CallField | None = None
    """The skill call that it disturbs; ``_`` as an argument fits any."""
    node: str | None = None
    """Path pattern of the node that calls it: ``**/pick(*)``."""
    attempt: Annotated[int, Field(ge=1)] = 1
    """Number of the matching activation, from 1."""
    phase: PhaseField = "before"
    """Before the skill starts, half way through its usual duration, or when it has ended."""
    after: Seconds | None = None
    """At this run time, whatever is done then."""
    when: FormulaField | None = None
    """As soon as this is believed."""

    @model_validator(mode="after")
    def _has_one_moment(self) -> Self:
        moments = [self.at or self.node, self.after, self.when]
        is_of_call = self.at is not None or self.node is not None
        if not is_of_call and (self.attempt, self.phase) != (1, "before"):
            context = {"code": "wrong-fault", "hint": "they go with 'at' or 'node'"}
            raise PydanticCustomError("wrong_fault", "'attempt' and 'phase' mean nothing", context)
        if sum(moment is not None for moment in moments) != 1:
            hint = "give one of: at (with node), after, when"
            context = {"code": "wrong-fault", "hint": hint}
            raise PydanticCustomError("wrong_fault", "a fault triggers at one moment", context)
        return self

    def request(self) -> str:
        """Return it in one line, for people."""
        if self.after is not None:
            return f"{self.inject}@{self.after:g}s"
        if self.when is not None:
            return f"{self.inject} when {self.when}"
        where = " in ".join(str(part) for part in (self.at, self.node) if part is not None)
        phase = f" {self.phase}" if self.phase != "before" else ""
        return f"{self.inject}@{where}:{self.attempt}{phase}"


class Expectations(Located):
    """Expectations at the end of a run; those that are left out are not checked."""

    outcome: Outcome | None = None
    """Expected outcome."""
    facts: tuple[FormulaField, ...] = ()
    """Facts that must hold in the world's true state in the end."""
    never: tuple[FormulaField, ...] = ()
    """Facts that must not hold in the world's true state, at any tick."""
    order: tuple[CallField, ...] = ()
    """Calls that must begin in this order, others between them; ``_`` fits any argument."""
    attempts: dict[str, BoundField] = {}
    """Number of activations of a call; ``_`` matches any argument."""
    failures: dict[FailureCode, BoundField] = {}
    """Number of failures of skills with a code."""
    retries: BoundField | None = None
    """Retries in the tree."""
    replans: BoundField | None = None
    """New plans made."""
    questions: BoundField | None = None
    """Questions put to a person."""
    within: Seconds | None = None
    """Greatest run time."""
    cost_usd: Annotated[float, Field(ge=0)] | None = None
    """Greatest cost of language models; an unknown price is too much."""
    tokens: BoundField | None = None
    """Tokens that language models read and wrote."""
    says: str | None = None
    """Something that the message of the result holds."""
    sound_stop: bool = False
    """The robot was brought to rest, and said so."""


class Scenario(Located):
    """One regression test, or a family of them."""

    scenario: str
    """Description of the scenario."""
    doc: str = ""
    """Why it is there."""
    extends: GivenOrLeftOut[str] = None
    """A scenario file beside this one, whose keys hold where this file has none."""
    config: GivenOrLeftOut[str] = None
    """A deployment file, from this file's folder."""
    world: GivenOrLeftOut[str] = None
    """Name of the world; the built-in kitchen if left out."""
    randomize: GivenOrLeftOut[str] = None
    """From which of its presets a simulated world is drawn, as in ``--randomize``."""
    robot: GivenOrLeftOut[str] = None
    """Robot of a world that has a choice, as in ``--robot``; a path is from this file's folder."""
    domain: GivenOrLeftOut[str] = None
    """A domain file, from this file's folder."""
    scene: GivenOrLeftOut[str] = None
    """A scene file, from this file's folder."""
    start: tuple[AtomField, ...] = ()
    """Start facts in the place of the scene's: ``in(apple, fridge)``, ``not is_open(sink)``."""
    goal: GivenOrLeftOut[str] = None
    """The goal, in words or literals."""
    llm: GivenOrLeftOut[str] = None
    """Model that reads the goal, as in ``--llm``; a recording lies beside this file."""
    words: GivenOrLeftOut[str] = None
    """A file of learned words, from this file's folder; no learned reading counts if left out."""
    parameters: GivenOrLeftOut[str] = None
    """A file of learned parameters, from this file's folder; none count if left out."""
    planner: PlanningMethod | None = None
    """Planning method, as in ``treehand.yaml``."""
    tree: GivenOrLeftOut[str] = None
    """A tree file to run instead, from this file's folder."""
    arguments: Annotated[dict[Name, Name], Field(alias="with")] = {}
    """Values of the tree's parameters."""
    recovery: bool = True
    """False runs without retries, re-checked conditions and replanning."""
    answers: tuple[str, ...] = ()
    """Answers of a person, in order; nobody answers after the last."""
    seed: int = 0
    """Seed of every random draw, or of the first of several runs."""
    seeds: SeedsField | None = None
    """Seeds of several runs, each a test of its own."""
    runs: Annotated[int, Field(ge=1, le=MAX_SEEDS)] | None = None
    """So many runs, of successive seeds, judged together."""
    pass_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    """Least share of the runs that must pass; all if left out."""
    sequential: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Stop the runs as soon as they decide between the pass rate and one lower by this margin."""
    faults: tuple[ScenarioFault, ...] = ()
    """Faults to inject."""
    vary: dict[Name, tuple[TextField, ...]] = {}
    """Values for ``${name}`` in any text of the file: one scenario for each combination."""
    tags: tuple[Name, ...] = ()
    """Marks to choose by: ``pytest -m``, ``treehand test --tag``."""
    xfail: str | None = None
    """Why it is known to fail; if it passes, that is a failure."""
    run_time: Seconds = 7200.0
    """Run time after which it hangs."""
    wall_time: Seconds = 60.0
    """Wall time after which it hangs; longer on a machine with other load."""
    expect: Expectations
    """Expectations at the end."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.goal is None) == (self.tree is None):
            context = {"code": "no-goal", "hint": "give one of: goal, tree"}
            raise PydanticCustomError("no_goal", "a scenario has a goal, or a tree", context)
        if self.planner is not None and self.tree is not None:
            context = {"code": "no-goal", "hint": "leave 'planner' out, or give a goal"}
            raise PydanticCustomError("no_goal", "'planner' means nothing with a tree", context)
        if self.pass_rate is not None and self.runs is None:
            context = {"code": "wrong-value", "hint": "add runs: 20"}
            raise PydanticCustomError("no_runs", "a pass rate needs runs", context)
        for tag in self.tags:
            if tag in RESERVED_TAGS:
                context = {"code": "wrong-value", "hint": "take another word; 'xfail' is a key"}
                message = f"the tag '{tag}' means something else to pytest"
                raise PydanticCustomError("reserved_tag", message, context)
        for name, values in self.vary.items():
            if len(set(values)) < len(values):
                context = {"code": "wrong-value", "hint": "give each value once"}
                raise PydanticCustomError("twice", f"'{name}' varies over a value twice", context)
        rate, margin = self.pass_rate, self.sequential
        if margin is not None and (rate is None or not 0 < rate - margin < rate < 1):
            hint = "0 < pass_rate - sequential, and pass_rate < 1"
            context = {"code": "wrong-value", "hint": hint}
            raise PydanticCustomError("no_rate", "a sequential test needs a pass rate", context)
        if self.seeds is not None and self.runs is not None:
            context = {"code": "wrong-value", "hint": "'runs' go on from 'seed'; keep one"}
            raise PydanticCustomError("two_seeds", "'seeds' and 'runs' exclude each other", context)
        return self
