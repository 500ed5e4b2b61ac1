"""Instructions in plain words against the formulas that people wrote for them.

    python -m benchmarks.words --data FILE --scene FILE [--llm MODEL] [--json]

A file of rows (JSON) is judged through the public API; see `benchmarks.understanding`. Any other
`--data` holds blocks of ``Instruction: …`` and ``Goal: …``, the goal as a formula over atoms with
``&``, ``|``, ``~`` (``On_Coffee_Bar & ~Active_AC``, or ``on(coffee, bar)``). `--scene` is a scene
of BTPG (JSON), of which nothing but the names of its atoms is used, or one of ours (YAML).

An answer counts as exact if it is logically the same as the formula. `wrong` are answers that are
not; `abstained` are questions and "I do not know". `f1` is over literals, over all instructions.
With a language model tokens and US dollars per goal are printed; recorded answers give no rates.
A thing that the data names and the scene does not is taken for the one thing of the scene whose
name ends the same way (WindowTable6, BrightTable6); how often is printed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from benchmarks.understanding import Judged, by_family, is_rows, run_rows, summary
from treehand.core.errors import InputError, ModelError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.proposing.goal_reader import GoalReader, SessionReader
from treehand.planners import Goal, GrammarGoalReader, Lexicon, Question
from treehand.planners.llm import Meter, ModelChoice, ModelSettings
from treehand.planners.reading.words.inflection import words_of
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Domain,
    Exists,
    Fact,
    Facts,
    Forall,
    Formula,
    Negation,
    Percept,
    PredicateModel,
    Scene,
)
from treehand.skills.domain.model import ObjectModel, Words

Truth = Callable[[frozenset[str]], bool]


@dataclass(frozen=True)
class Logic:
    """A formula over named atoms."""

    atoms: frozenset[str]
    literals: frozenset[str]
    """Atoms, with ``~`` before those that are denied."""
    holds: Truth


@dataclass(frozen=True)
class Place:
    """A scene that can be spoken of."""

    domain: Domain
    scene: Scene
    facts: Facts
    possible: frozenset[Fact] | None
    name_of: Callable[[Fact], str]
    """An atom as the data writes it."""


# Scenes.


def load_place(path: Path) -> Place:
    """Return the scene of a file; raises `InputError`."""
    if path.suffix == ".json":
        return _of_btpg(path)
    deployment = Deployment.load(DeploymentOverrides(scene=path), looks_here=False)
    facts = Facts(deployment.vocabulary)
    facts.observe([Percept(fact, True, "scene", 0.0) for fact in deployment.scene.facts])
    return Place(deployment.domain, deployment.scene, facts, None, str)


def _of_btpg(path: Path) -> Place:
    data = json.loads(path.read_text(encoding="utf-8"))
    atoms = sorted({a for act in data["actions"] for k in ("pre", "add", "del") for a in act[k]})
    parsed = {atom: _split(atom) for atom in atoms}
    robot = _the_robot(parsed.values())
    facts: dict[str, Fact] = {}
    sizes: dict[str, int] = {}
    things: dict[str, str] = {}
    for atom, (head, terms) in parsed.items():
        own = tuple(term for term in terms if term != robot)
        if "Nothing" in own:
            continue
        fact = Fact(_lower(head), tuple(map(_lower, own)))
        facts[atom], sizes[fact.predicate] = fact, len(own)
        things.update({_lower(term): term for term in own})
    kinds = _kinds(things)
    params = ("thing", "place")
    predicates = {
        name: PredicateModel(params=dict.fromkeys(params[:size], "thing"), default=False)
        for name, size in sizes.items()
    }
    types = {"thing": None} | {kind: "thing" for kind in kinds.values() if kind != "thing"}
    named = Words(types={kind: () for kind in types if kind == "thing" or kind in things})
    domain = Domain(domain="words", types=types, predicates=predicates, skills={}, words=named)
    objects = {name: ObjectModel(type=kinds[name]) for name in things}
    scene = Scene(scene=_lower(data["scene"]), domain="words", objects=objects)
    vocabulary = domain.vocabulary(kinds)
    known = Facts(vocabulary)
    known.observe(Percept(facts[a], True, "scene", 0.0) for a in data["init"] if a in facts)
    names = {fact: _flat(atom) for atom, fact in facts.items()}
    return Place(domain, scene, known, frozenset(names), lambda fact: names.get(fact, str(fact)))


def _split(atom: str) -> tuple[str, tuple[str, ...]]:
    head, _, rest = atom.partition("(")
    return head, tuple(term.strip() for term in rest.rstrip(")").split(",") if term.strip())


def _the_robot(parsed: Any) -> str | None:
    """Return the one thing that is always the only first term of a predicate: ``self``."""
    return "self" if any("self" in terms for _, terms in parsed) else None


def _lower(name: str) -> str:
    return "_".join(words_of(name))


def _flat(atom: str) -> str:
    head, terms = _split(atom)
    return "_".join((head, *terms))


def _kinds(things: dict[str, str]) -> dict[str, str]:
    """Return a type for each thing: its last word, if others end in it too."""
    heads = {name: _head(name) for name in things}
    shared = {head for head in heads.values() if list(heads.values()).count(head) > 1}
    return {name: head if head in shared else "thing" for name, head in heads.items()}


def _head(name: str) -> str:
    words = [word for word in name.split("_") if not word.isdecimal()]
    return words[-1] if words else name


# Formulas.

_TOKEN = re.compile(r"\s*(?:([&|~()])|([A-Za-z][A-Za-z0-9_]*(?:\([^()]*\))?))")


def parse_logic(text: str, known: Callable[[str], str]) -> Logic:
    """Return the formula that a text of the data stands for.

    Args:
        text: The formula.
        known: Gives the scene's name of an atom.
    """
    tokens = [match[1] or match[2] for match in _TOKEN.finditer(text)]
    position = 0

    def take() -> str:
        nonlocal position
        position += 1
        return tokens[position - 1]

    def peek() -> str:
        return tokens[position] if position < len(tokens) else ""

    def either() -> Logic:
        parts = [both()]
        while peek() == "|":
            take()
            parts.append(both())
        return joined(parts, any)

    def both() -> Logic:
        parts = [single()]
        while peek() == "&":
            take()
            parts.append(single())
        return joined(parts, all)

    def single() -> Logic:
        token = take()
        if token == "~":
            return negated(single())
        if token == "(":
            inner = either()
            take()
            return inner
        return atom(known(token))

    return either()


def atom(name: str) -> Logic:
    """Return a formula of one atom."""
    return Logic(frozenset([name]), frozenset([name]), lambda true: name in true)


def negated(logic: Logic) -> Logic:
    """Return the opposite of a formula."""
    flipped = frozenset(one[1:] if one.startswith("~") else f"~{one}" for one in logic.literals)
    return Logic(logic.atoms, flipped, lambda true: not logic.holds(true))


def joined(parts: Sequence[Logic], how: Callable[[Iterator[bool]], bool]) -> Logic:
    """Return formulas joined by `all` or `any`."""
    return Logic(
        frozenset().union(*(part.atoms for part in parts)),
        frozenset().union(*(part.literals for part in parts)),
        lambda true: how(part.holds(true) for part in parts),
    )


def logic_of(formula: Formula, place: Place) -> Logic:
    """Return a goal's formula as the data writes it; quantifiers are spelled out."""
    if isinstance(formula, Atom):
        one = atom(place.name_of(formula.fact))
        return one if formula.positive else negated(one)
    if isinstance(formula, Negation):
        return negated(logic_of(formula.part, place))
    if isinstance(formula, AllOf | AnyOf):
        parts = [logic_of(part, place) for part in formula.parts]
        return joined(parts, all if isinstance(formula, AllOf) else any)
    if isinstance(formula, Forall | Exists):
        bodies = [
            formula.body.substitute({formula.variable: name})
            for name in formula.qualified(place.facts)
        ]
        possible = [one for one in bodies if _can_be(one, place)]
        joint = all if isinstance(formula, Forall) else any
        return joined([logic_of(one, place) for one in possible], joint)
    return atom(str(formula))


def _can_be(formula: Formula, place: Place) -> bool:
    return place.possible is None or all(one.fact in place.possible for one in formula.atoms())


def are_equal(one: Logic, other: Logic) -> bool:
    """Return whether two formulas hold in the same cases."""
    names = sorted(one.atoms | other.atoms)
    if len(names) > 14:
        return one.literals == other.literals
    for values in itertools.product((False, True), repeat=len(names)):
        true = frozenset(name for name, value in zip(names, values, strict=True) if value)
        if one.holds(true) != other.holds(true):
            return False
    return True


# Judging.


def read_data(path: Path) -> list[tuple[str, str]]:
    """Return the pairs of instruction and formula in a file; raises `InputError`."""
    text = path.read_text(encoding="utf-8")
    pairs = re.findall(r'Instruction:\s*"?(.*?)"?\s*\n\s*Goal:\s*(.+)', text)
    if not pairs:
        hint = "blocks of 'Instruction: …' and 'Goal: …'"
        raise InputError.of("empty-file", f"'{path}' holds no instructions", hint=hint)
    return [(instruction.strip(), goal.strip()) for instruction, goal in pairs]


class Names:
    """The names of the scene's atoms, and what stands for those that it lacks."""

    def __init__(self, place: Place) -> None:
        self._known = {place.name_of(fact) for fact in place.possible or ()}
        self.replaced: set[str] = set()

    def __call__(self, name: str) -> str:
        """Return the scene's name of an atom."""
        if not self._known or name in self._known:
            return re.sub(r"\s*,\s*", ", ", name)
        head, *terms = name.split("_")
        fitting = [
            known
            for known in self._known
            if known.split("_")[0] == head
            and len(known.split("_")) == len(terms) + 1
            and all(map(_ends_alike, terms, known.split("_")[1:]))
        ]
        if len(fitting) != 1:
            return name
        self.replaced.add(f"{name} → {fitting[0]}")
        return fitting[0]


def _ends_alike(one: str, other: str) -> bool:
    """Return whether two names are the same, or end in the same two words at least."""
    return one == other or words_of(one)[-2:] == words_of(other)[-2:] != words_of(one)


@dataclass(frozen=True)
class Answer:
    """What became of one instruction."""

    instruction: str
    wanted: str
    said: str
    status: str
    """``exact``, ``wrong`` or ``abstained``."""
    counts: tuple[int, int, int]
    """Literals that are right, that were said, that were wanted."""


def judge(
    pairs: Sequence[tuple[str, str]],
    place: Place,
    interpreter: GoalReader,
    grammar: GrammarGoalReader,
    names: Names,
) -> Iterator[Answer]:
    """Yield what becomes of each instruction."""
    for instruction, wanted in pairs:
        grammar.forget()  # each stands for itself
        gold = parse_logic(wanted, names)
        try:
            goal = interpreter.interpret(instruction, place.facts)
        except ModelError as error:
            none = (0, 0, len(gold.literals))
            yield Answer(instruction, wanted, str(error), "abstained", none)
            continue
        # A small model's goals are always asked about; what it proposes is what is judged.
        if isinstance(goal, Question) and goal.goal is not None:
            goal = goal.goal
        if not isinstance(goal, Goal):
            none = (0, 0, len(gold.literals))
            said_back = goal.text if isinstance(goal, Question) else goal.message
            yield Answer(instruction, wanted, said_back, "abstained", none)
            continue
        said = logic_of(goal.formula, place)
        right = len(said.literals & gold.literals)
        counts = (right, len(said.literals), len(gold.literals))
        status = "exact" if are_equal(said, gold) else "wrong"
        yield Answer(instruction, wanted, str(goal.formula), status, counts)


def report(answers: Sequence[Answer]) -> dict[str, float | int]:
    """Return the rates over all instructions."""
    n = len(answers)
    right, said, wanted = (sum(answer.counts[i] for answer in answers) for i in range(3))
    share = {
        name: round(sum(answer.status == name for answer in answers) / n, 4)
        for name in ("exact", "abstained", "wrong")
    }
    f1 = 2 * right / (said + wanted) if said + wanted else 0.0
    return {"n": n, "exact": share["exact"], "f1": round(f1, 4)} | {
        key: share[key] for key in ("abstained", "wrong")
    }


def _judge_rows(options: argparse.Namespace) -> None:
    """Judge a file of rows and print the shares."""

    def show(one: Judged) -> None:
        if options.verbose:
            print(f"{one.verdict:10} {one.row.text}\n           {one.said}")

    judged = run_rows(options.data, options.scene, llm=options.llm, show=show)
    result = summary(judged)
    if options.json:
        print(json.dumps(result | {"families": by_family(judged)}))
        return
    print(describe())
    print(f"{options.data.name} in {options.scene.name}:")
    print("  " + "  ".join(f"{key} {value}" for key, value in result.items()))
    for family, shares in by_family(judged).items():
        print(f"  {family}: " + "  ".join(f"{key} {shares[key]}" for key in FAMILY_COLUMNS))


FAMILY_COLUMNS = ("n", "exact", "acceptable", "asked", "useless", "wrong", "right_or_asked")


def main() -> None:
    """Judge one file and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scene", type=Path, required=True)
    parser.add_argument("--llm", default=None, help="as for treehand goal; the grammar if left out")
    parser.add_argument("--verbose", action="store_true", help="print every instruction")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for path in (options.data, options.scene):
        if not path.exists():
            print(f"there is no '{path}'; nothing is measured", file=sys.stderr)
            sys.exit(2)
    if is_rows(options.data):
        _judge_rows(options)
        return
    place = load_place(options.scene)
    grammar = GrammarGoalReader(Lexicon(place.domain, place.scene, possible=place.possible))
    interpreter: GoalReader = grammar
    meter: Meter | None = None
    if options.llm:
        settings = ModelSettings().resolved(Path(), ModelChoice(options.llm))
        deployment = replace(
            Deployment.load(looks_here=False), domain=place.domain, scene=place.scene, llm=settings
        )
        reader = SessionReader(deployment, grammar=grammar)
        interpreter, meter = reader.interpreter, reader.meter
    names = Names(place)
    began_s = time.perf_counter()
    answers = list(judge(read_data(options.data), place, interpreter, grammar, names))
    took_s = time.perf_counter() - began_s
    result: dict[str, Any] = dict(report(answers))
    if (options.llm or "").startswith("recorded:"):
        result = {"asked": len(answers), "recorded": True}  # no rate from hand-written answers
    if meter is not None:
        result["tokens_a_goal"] = round(meter.spent.tokens / max(len(answers), 1))
        result["usd_a_goal"] = meter.spent.usd / max(len(answers), 1) if meter.has_price else None
    if options.json:
        print(json.dumps(result))
        return
    if options.verbose:
        for answer in answers:
            print(f"{answer.status:9}  {answer.instruction}")
            if answer.status != "exact":
                print(f"           wanted {answer.wanted}\n           said   {answer.said}")
    print(describe())
    who = "the grammar"
    if options.llm:
        who = options.llm
    print(f"{options.data.name} in {options.scene.name}, by {who}:")
    print("  " + "  ".join(f"{key} {value}" for key, value in result.items()))
    print(f"  {1e3 * took_s / len(answers):.1f} ms each")
    for replaced in sorted(names.replaced):
        print(f"  taken for one thing: {replaced}")


if __name__ == "__main__":
    main()
