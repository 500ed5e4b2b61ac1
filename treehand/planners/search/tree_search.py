"""Trees for goals by search over ground atoms.

Backward chaining (`synthesis`) makes lifted trees, which also serve objects found later. But it
achieves one part of the goal after the other, and fails where parts must be interleaved, or undone
and done again. The search is complete; its trees name the objects known now.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from treehand.core.text.outside_text import shortened
from treehand.planners.goals.goal import say
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.search import (
    EFFORT,
    Effort,
    Grounded,
    Grounder,
    NoSolution,
    PolicyGraph,
    Searcher,
    Solution,
    TooManyCases,
    bound_node,
    tree_of,
)
from treehand.planners.search.ground_actions import binding_of, number_of_calls
from treehand.planners.search.lifted_landmarks import LiftedLandmarks
from treehand.planners.search.regression import Row
from treehand.planners.search.relevance import Relevance
from treehand.planners.synthesis.library_method import library_method
from treehand.skills.domain import Atom, Call, Domain, Formula, conjuncts
from treehand.trees import NodeSpec, SubtreeSpec

MAX_REACTIVE = 60
"""Most steps of a reactive tree, whose depth grows with the plan; longer ones are sequences."""


class Remembered:
    """Results of searches, each made when it is first asked for.

    Args:
        results: The searches.
    """

    def __init__(self, results: Iterator[Found | NotFound]) -> None:
        self._results = results
        self._known: list[Found | NotFound] = []

    def __iter__(self) -> Iterator[Found | NotFound]:
        number = 0
        while True:
            if number == len(self._known):
                result = next(self._results, None)
                if result is None:
                    return
                self._known.append(result)
            yield self._known[number]
            number += 1


MAX_CALLS = 10_000
"""Most ground calls of a problem of which it is decided if a goal can still be reached."""
NO_ORDER = "no order of the skills brings that about"


@dataclass(frozen=True)
class Found:
    """Plan found by the search, as calls and as nodes."""

    calls: tuple[Call, ...]
    """Steps of the plan, without failures."""
    cost: float
    """Cost of the plan."""
    bound: float
    """Lower bound on the cost of any plan."""
    root: NodeSpec
    """The plan as a reactive tree."""
    subtrees: dict[str, SubtreeSpec]
    steps: NodeSpec
    """The plan as a plain sequence, for plans whose reactive tree passes over a step.

    A step that only makes room has no condition that shows if it is needed.
    """


@dataclass(frozen=True)
class NotFound:
    """Result of a search without a plan."""

    is_proven: bool
    """True if there is no plan; False if none was found within the effort."""
    why: str


def searches(
    problem: PlanningProblem, goal: Formula, *, never: Sequence[Formula] = ()
) -> Iterator[Found | NotFound]:
    """Yield plans for a goal, from searches among more and more objects; the last may find none.

    A plan must be checked: with few objects a search may not see all that its steps need.

    Args:
        problem: Where planning starts.
        goal: Formula to be true at the end.
        never: Formulas that must not become true on the way.
    """
    if least_cost(problem, goal) is None and not goal.holds(problem.facts):
        yield NotFound(is_proven=True, why=NO_ORDER)
        return
    for part in Relevance(problem).problems(goal, never):
        result = search(problem, goal, part=part, never=never)
        if isinstance(result, Found) or part is problem:
            yield result


def search(
    problem: PlanningProblem,
    goal: Formula,
    *,
    part: PlanningProblem | None = None,
    never: Sequence[Formula] = (),
    cost: Callable[[Call], float] | None = None,
    effort: Effort = EFFORT,
) -> Found | NotFound:
    """Return a plan for a goal; it has irreversible steps only where no plan does without.

    Args:
        problem: Where planning starts.
        goal: Formula to be true at the end.
        part: The problem among the objects that the plan may use; all of them if left out.
        never: Formulas that must not become true on the way. Those with too many cases are left
            out, so the caller has to check the plan.
        cost: Returns the cost of a call; its typical duration in seconds if left out.
        effort: Limits of one search; there are up to four.
    """
    if goal.holds(problem.facts):
        return _true_already(goal)
    grounder = Grounder(part or problem)
    has_final = any(model.irreversible for model in problem.domain.skills.values())
    has_room = any(model.capacity is not None for model in problem.scene.objects.values())
    result: Solution | NoSolution = NoSolution(is_proven=True)
    for with_irreversible in (False, True) if has_final else (True,):
        for does_count in (False, True) if has_room else (True,):
            try:
                grounded = grounder.ground(
                    goal,
                    cost=cost,
                    with_irreversible=with_irreversible,
                    does_count=does_count,
                    never=never,
                )
            except (TooManyCases, ValueError) as error:
                why = f"'{shortened(str(goal))}' can hold in too many ways: {error}"
                return NotFound(is_proven=False, why=why)
            spent = effort if does_count else replace(effort, forwards=0)
            result = Searcher(grounded.problem, spent, grounded.goals).solve(grounded.goals)
            if isinstance(result, Solution):
                return _found(problem, grounded, result)
            if result.is_proven:
                break
    assert isinstance(result, NoSolution)
    if result.is_proven:
        return NotFound(is_proven=True, why=NO_ORDER)
    why = f"no plan was found among {result.expanded} possibilities; there may be one"
    return NotFound(is_proven=False, why=why)


def is_reachable(problem: PlanningProblem, goal: Formula) -> bool:
    """Return True if some plan leads to a goal, or if that cannot be decided."""
    if goal.holds(problem.facts):
        return True
    if any(True for _ in impossible(problem, [goal])):
        return False
    is_proven = False
    for part in Relevance(problem).problems(goal):
        if part is problem and number_of_calls(problem) > MAX_CALLS:
            return True
        try:
            grounded = Grounder(part).ground(goal, does_count=False)
        except (TooManyCases, ValueError):
            return True
        searcher = Searcher(grounded.problem, goals=grounded.goals)
        result = searcher.solve(grounded.goals)
        if isinstance(result, Solution):
            return True
        is_proven = result.is_proven
    return not is_proven


def least_cost(problem: PlanningProblem, goal: Formula) -> float | None:
    """Return a lower bound on the duration of any plan, in seconds; None if there is no plan."""
    try:
        return LiftedLandmarks(problem).cost(goal)
    except ValueError:  # a part has no positive form: nothing follows
        return 0.0


def impossible(problem: PlanningProblem, goals: Iterable[Formula]) -> Iterator[Formula]:
    """Yield the goals that no plan leads to, even if every step only ever helps."""
    landmarks = LiftedLandmarks(problem)
    for goal in goals:
        with contextlib.suppress(ValueError):  # as above
            if not landmarks.is_possible(goal):
                yield goal


def _found(problem: PlanningProblem, grounded: Grounded, solution: Solution) -> Found:
    calls = tuple(grounded.calls[operator.name] for operator in solution.operators)
    if not calls:
        return _true_already(grounded.formula(solution.goal))

    def node(row: Row) -> NodeSpec:
        return _step(grounded.calls[row.operator.name], problem)

    in_order = NodeSpec(sequence=tuple(map(node, solution.rows)))
    steps = NodeSpec(fallback=(NodeSpec(check=grounded.formula(solution.goal)), in_order))
    if len(calls) > MAX_REACTIVE:
        return Found(calls, solution.cost, solution.bound, steps, {}, steps)

    def name(mask: int) -> str:
        return _named(grounded.formula(mask), problem.domain)

    root, subtrees = tree_of(PolicyGraph.of(solution), grounded.formula, node, name)
    return Found(calls, solution.cost, solution.bound, root, subtrees, steps)


def found_in_order(
    problem: PlanningProblem, goal: Formula, calls: Sequence[Call], cost: float
) -> Found:
    """Return a plan that was found elsewhere, as calls and as a sequence; its bound is 0.

    Args:
        problem: Where planning starts.
        goal: Formula that holds at the end.
        calls: Steps of the plan, without failures.
        cost: Cost of the plan.
    """
    if not calls:
        return _true_already(goal)
    in_order = NodeSpec(sequence=tuple(_step(call, problem) for call in calls))
    steps = NodeSpec(fallback=(NodeSpec(check=goal), in_order))
    return Found(tuple(calls), cost, 0.0, steps, {}, steps)


def _step(call: Call, problem: PlanningProblem) -> NodeSpec:
    """Return the node of a step: a library tree that achieves its one effect, or the skill."""
    model = problem.domain.skills[call.name]
    if len(model.effects) == 1 and not model.irreversible:
        effect = model.effects[0].substitute(binding_of(model, call))
        kinds = problem.vocabulary.object_types
        method = library_method(effect, problem, lambda term: kinds.get(term, ""))
        if method is not None:
            return method
    return bound_node(call, model)


def _true_already(goal: Formula) -> Found:
    check = NodeSpec(check=goal)
    return Found((), 0.0, 0.0, check, {}, check)


def _named(formula: Formula, domain: Domain) -> str:
    """Return a subtree name for a formula, made of its words in the domain."""
    first = next((part for part in conjuncts(formula) if isinstance(part, Atom)), None)
    words = say(first, domain) if first is not None else "part"
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return name if re.match(r"[a-z]", name) else f"part_{name}"
