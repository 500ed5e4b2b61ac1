"""Conformance of a deployment's own reader, person, planner and listeners."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from treehand.authoring.bounded_call import BoundedCall
from treehand.core.events import BaseEvent, FactsChanged, Logged, SkillEnded, SkillStarted
from treehand.core.text.outside_values import shown
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.person import asked
from treehand.orchestrator.proposing.checked_reader import CheckedReader
from treehand.planners import Goal, PlanningProblem, Question
from treehand.planners.custom import PlannerDefinition
from treehand.skills.domain import Atom, Call, Facts, Percept
from treehand.skills.testing import Check
from treehand.trees import PersonQuestion, TreeSpec

LIMIT_S = 2.0
"""Longest time that one call may take, in wall seconds; a person may take longer."""
HEAR_S = 0.2
"""Longest time that a listener may take for one event, in wall seconds: the run waits for it."""
_STRANGE = ("xyzzy plugh", "🦊" * 50, "put " * 500, "'; DROP TABLE goals; --")
"""Texts that mean nothing; a reader asks or refuses, and does not break."""
MOST_GOALS = 8
"""Most goals that a planner is asked for."""


def check_parts(deployment: Deployment) -> list[Check]:
    """Return the checks of every part of the user's own that a deployment names.

    A person is asked two questions, and listeners hear four events of a run that never was.

    Args:
        deployment: Names the parts by file or by entry point.
    """
    checks = [*_reader_checks(deployment), *_person_checks(deployment)]
    checks += [*_planner_checks(deployment), *_listener_checks(deployment)]
    return checks


def beliefs_of(deployment: Deployment) -> Facts:
    """Return the start facts of a deployment's scene as beliefs."""
    facts = Facts(deployment.vocabulary)
    facts.observe(Percept(fact, True, "scene", 0.0) for fact in deployment.scene.facts)
    return facts


def _reader_checks(deployment: Deployment) -> Iterator[Check]:
    parts = deployment.parts
    if parts.reader is None:
        return
    made = BoundedCall(
        "making it", lambda: parts.own_reader(deployment.domain, deployment.scene), LIMIT_S
    )
    yield Check("reader: it is made, with interpret() and answered()", made.problem)
    if made.problem:
        return
    reader, facts = CheckedReader(made.answer, parts.named["reader"][0]), beliefs_of(deployment)
    version = facts.version
    texts = [*_orders(deployment), *_STRANGE]
    readings = [_call(lambda text=text: reader.interpret(text, facts)) for text in texts]  # type: ignore[misc]
    yield Check("reader: it reads in time, and names what the scene has", _first(readings))
    again = [_call(lambda text=text: reader.interpret(text, facts)) for text in texts[:3]]  # type: ignore[misc]
    differs = any(one.answer != other.answer for one, other in zip(readings, again, strict=False))
    yield Check("reader: the same words are read alike", "a second time differs" if differs else "")
    questions = [one.answer for one in readings if isinstance(one.answer, Question)]
    answers = [
        _call(lambda q=question: reader.answered(q, (*q.options, "yes")[0], facts))  # type: ignore[misc]
        for question in questions[:3]
    ]
    yield Check("reader: it takes answers to its questions", _first(answers))
    changed = "interpret() changed the beliefs" if facts.version != version else ""
    yield Check("reader: it changes nothing", changed)


def _person_checks(deployment: Deployment) -> Iterator[Check]:
    parts = deployment.parts
    if parts.person is None:
        return
    made = BoundedCall("making it", parts.own_person, LIMIT_S)
    yield Check("person: it is made, with ask()", made.problem)
    if made.problem:
        return
    person, options = made.answer, ("go on", "stop")
    question = PersonQuestion("A check: which one?", options, deadline_s=LIMIT_S)
    call = BoundedCall("ask()", lambda: asked(person, question), LIMIT_S * 2)
    problem = call.problem
    if not problem and call.answer is not None and call.answer not in options:
        problem = f"ask() answered {shown(call.answer)}, which is none of the options"
    yield Check("person: it answers by the deadline, with an option or None", problem)
    free = PersonQuestion("A check: what is it?", (), deadline_s=LIMIT_S)
    call = BoundedCall("ask()", lambda: asked(person, free), LIMIT_S * 2)
    yield Check("person: it takes a question without options", call.problem)


def _planner_checks(deployment: Deployment) -> Iterator[Check]:
    planner = deployment.planner
    if not isinstance(planner, PlannerDefinition):
        return
    facts = beliefs_of(deployment)
    version = facts.version
    problem = PlanningProblem(deployment.domain, deployment.scene, facts, deployment.library)
    goals = list(_goals(deployment, facts))
    found = [_call(lambda goal=goal: planner.find(goal, problem)) for goal in goals]  # type: ignore[misc]
    wrong = _first(found)
    for goal, call in zip(goals, found, strict=True):
        if not wrong and not isinstance(call.answer, TreeSpec | str):
            told = f"for '{goal.formula}' it returned {shown(call.answer)}"
            wrong = f"{told}, not a TreeSpec or a reason"
    yield Check(f"planner: it answers in time, with a tree or a reason ({len(goals)} goals)", wrong)
    trees = [call.answer for call in found if isinstance(call.answer, TreeSpec)]
    sound = [_call(lambda tree=tree: deployment.require_sound(tree)) for tree in trees]  # type: ignore[misc]
    yield Check(f"planner: its trees are sound ({len(trees)} trees)", _first(sound))
    again = [_call(lambda goal=goal: planner.find(goal, problem)) for goal in goals[:2]]  # type: ignore[misc]
    differs = any(one.answer != other.answer for one, other in zip(found, again, strict=False))
    yield Check(
        "planner: the same goal is planned alike", "a second time differs" if differs else ""
    )
    changed = "it changed the beliefs" if facts.version != version else ""
    yield Check("planner: it changes nothing", changed)


def _listener_checks(deployment: Deployment) -> Iterator[Check]:
    for listener in deployment.parts.listeners:
        name = getattr(listener, "__name__", "a listener")
        problem = ""
        for event in _events():
            call = BoundedCall(f"{name}({event.__class__.__name__})", _of(listener, event), HEAR_S)
            problem = problem or call.problem
        yield Check(f"listener '{name}': it hears every event, and returns at once", problem)


def _of(function: Callable[..., object], event: BaseEvent) -> Callable[[], object]:
    return lambda: function(event)


def _call(function: Callable[[], object]) -> BoundedCall:
    return BoundedCall("it", function, LIMIT_S)


def _first(calls: Sequence[BoundedCall]) -> str:
    return next((call.problem for call in calls if call.problem), "")


def _orders(deployment: Deployment) -> Iterator[str]:
    """Yield the phrases of the domain, with the first object of each type, and some objects."""
    for name in list(deployment.scene.objects)[:3]:
        yield name.replace("_", " ")
    for predicate in list(deployment.domain.predicates.values())[:MOST_GOALS]:
        for phrase in predicate.phrases[:1]:
            words = {}
            for name, kind in predicate.params.items():
                objects = deployment.vocabulary.objects(kind)
                words[name] = f"the {objects[0].replace('_', ' ')}" if objects else kind
            yield phrase.format_map(words) if words else phrase


def _goals(deployment: Deployment, facts: Facts) -> Iterator[Goal]:
    """Yield goals of one effect each, of calls with the last objects of their types."""
    told: set[str] = set()
    for model in deployment.domain.skills.values():
        kinds = {name: deployment.vocabulary.objects(kind) for name, kind in model.params.items()}
        if not all(kinds.values()):
            continue
        names = {name: objects[-1] for name, objects in kinds.items()}
        for effect in model.effects:
            atom = effect.substitute(names)
            if str(atom) in told or atom.holds(facts) is True or len(told) >= MOST_GOALS:
                continue
            told.add(str(atom))
            assert isinstance(atom, Atom)
            yield Goal(text=str(atom), formula=atom)


def _events() -> tuple[BaseEvent, ...]:
    call, path = Call("check", ()), "check"
    return (
        SkillStarted(t_s=0.0, path=path, call=call, attempt=1),
        FactsChanged(t_s=1.0, changes=()),
        Logged(t_s=1.0, path=path, text="a check"),
        SkillEnded(t_s=2.0, path=path, call=call, attempt=1, result="success"),
    )
