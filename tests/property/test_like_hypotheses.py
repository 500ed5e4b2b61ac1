"""Like hypotheses in a proof: one that stands for another one must tell all of it, and no less."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from treehand import planners
from treehand.core.errors import InputError
from treehand.planners import Goal, VerificationProblem
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.goals.requirements.requirement import Precedence, Response
from treehand.skills.domain import Facts, Percept, Scene, parse_formula
from treehand.trees import TreeLibrary, parse_tree, require_sound_tree

PLACES = ("alpha", "beta", "gamma", "delta")
THINGS = ("milk", "cheese")
KINDS = ("cupboard", "fridge", "drawer", "sink", "worktop", "bin")
RETRY = "retry: {attempts: 3, on: any}"
FETCH = f"""\
    - fallback:
        - check: located(milk)
        - do: look_for(milk)
          {RETRY}
    - for_each: c in KIND where in(milk, c)
      each:
        do: open(c)
        unless: is_open(c)
        {RETRY}
MIDDLE
    - do: pick(milk)
      retry: {{attempts: 3, on: any, first: look_for(milk)}}
"""
"""It opens places of one type only."""
FIRST = {
    "nothing": "",
    "open all": f"""\
    - for_each: c in cabinet
      each:
        do: open(c)
        unless: is_open(c)
        {RETRY}
""",
    "open one": f"""\
    - for_each: c in cabinet where not is_open(c)
      mode: any
      each:
        do: open(c)
        {RETRY}
      optional: true
""",
    "look into one after the other": f"""\
    - for_each: c in container
      mode: any
      each:
        sequence:
          - do: open(c)
            unless: is_open(c)
            {RETRY}
          - do: look_for(milk)
            optional: true
          - check: in(milk, c)
      optional: true
""",
    "look for the other": "    - do: look_for(cheese)\n      optional: true\n",
}
LAST = {
    "nothing": "",
    "close all": f"""\
    - do: put_on(milk, table)
      {RETRY}
    - for_each: c in cabinet
      each:
        do: close(c)
        unless: not is_open(c)
        {RETRY}
""",
    "close one": f"""\
    - do: put_on(milk, table)
      {RETRY}
    - for_each: c in cabinet
      mode: any
      each:
        do: close(c)
        {RETRY}
      optional: true
""",
    "put it back": f"""\
    - for_each: c in container where in(milk, c)
      each:
        do: put_in(milk, c)
        unless: in(milk, c)
        {RETRY}
""",
    "close the first": f"""\
    - do: put_on(milk, table)
      {RETRY}
    - for_each: c in cabinet where is_open(c)
      mode: any
      each:
        do: close(c)
        {RETRY}
      optional: true
""",
    "check a place": "    - check: not is_open(beta)\n",
    "count": "    - check: count c in container where is_open(c) <= 1\n",
    "where it belongs": """\
    - check: forall c in cabinet where belongs(milk, c) -> not is_open(c)
""",
    "one is closed": "    - check: exists c in cabinet -> not is_open(c)\n",
    "nothing is left": "    - check: forall x in movable where in(x, beta) -> clean(x)\n",
}
MIDDLE = {key: LAST[key] for key in ("nothing", "check a place", "count", "where it belongs")}
MIDDLE |= {
    "close the first of all": f"""\
    - for_each: c in cabinet
      mode: any
      each:
        do: close(c)
        {RETRY}
""",
    "close one that is open": f"""\
    - for_each: c in cabinet where is_open(c)
      mode: any
      each:
        do: close(c)
        {RETRY}
    - for_each: c in KIND where in(milk, c)
      each:
        do: open(c)
        unless: is_open(c)
        {RETRY}
""",
}
GOALS = ("holding(milk)", "located(milk)", "not is_open(gamma)", "located(milk) and is_open(alpha)")
NEVER = ("", "in(milk, gamma)", "is_open(beta) and in(milk, beta)", "on(milk, alpha)")
NEVER += ("exists c in cabinet -> is_open(c) and in(cheese, c)", "at(delta)")
ASKED = {
    "nothing": None,
    "a place before": Precedence(parse_formula("is_open(alpha)"), parse_formula("is_open(beta)")),
    "an answer": Response(parse_formula("is_open(gamma)"), parse_formula("holding(milk)")),
}


def problem(domain, kinds, *, first, last, goal, **more):
    """Return the problem of fetching the milk, which nobody has seen, in a room of a few places."""
    never, asked, kind = (
        more.get("never", ""),
        ASKED[more.get("asked", "nothing")],
        more.get("kind"),
    )
    objects = {"table": {"type": "worktop"}}
    objects |= {name: {"type": kind} for name, kind in zip(PLACES, kinds, strict=True)}
    for name, number in more.get("capacity", ()):
        objects[name]["capacity"] = number
    objects |= {name: {"type": "food"} for name in (*THINGS, "apple")}
    scene = Scene.model_validate({"scene": "room", "domain": "kitchen", "objects": objects})
    vocabulary = domain.vocabulary({name: one.type for name, one in scene.objects.items()})
    believed = Facts(vocabulary)
    atoms = [parse_formula(text) for text in ("hand_empty()", *more.get("facts", ()))]
    believed.observe(Percept(one.fact, one.positive, "a test", 0.0) for one in atoms)
    fetch = FETCH.replace("MIDDLE\n", MIDDLE[more.get("middle", "nothing")])
    root = FIRST[first] + fetch.replace("KIND", kind or "container") + LAST[last]
    tree = parse_tree(f"tree: task\ndomain: kitchen\nroot:\n  sequence:\n{root}", file="task")
    wanted = Goal(text=goal, formula=parse_formula(goal), words=goal)
    if asked is not None:
        wanted = wanted.model_copy(update={"requirements": (asked,)})
    planning = PlanningProblem(domain, scene, believed, TreeLibrary.packaged())
    forbidden = (parse_formula(never),) if never else ()
    return VerificationProblem(planning, tree, {}, wanted, forbidden)


def is_sound(asked):
    """Return True if the tree and all that is asked of it are of the right types.

    Others are refused before a proof begins.
    """
    planning = asked.planning
    domain, vocabulary = planning.domain, planning.vocabulary
    try:
        require_sound_tree(asked.tree, domain, vocabulary, planning.library)
    except InputError:
        return False
    formulas = [asked.goal.formula, *asked.never]
    formulas += [part for one in asked.goal.requirements for part in vars(one).values()]
    facts = [atom.fact for one in formulas if hasattr(one, "atoms") for atom in one.atoms()]
    return all(
        term not in planning.scene.objects or vocabulary.is_of(term, kind)
        for fact in facts
        for term, kind in zip(
            fact.terms, domain.predicates[fact.predicate].params.values(), strict=True
        )
    )


def judged(result):
    """Return what a verification says of a tree.

    Failures after which the tree gives up are left out: they are named after the run that came to
    a state first, which differs from the exploration of every run, like places or not.
    """
    found = {(one.finding.code, one.finding.span) for one in result.violations}
    return result.tried, result.loops, found, result.is_proven


def compared(asked):
    """Return the result with like hypotheses mirrored; it must be that of every run."""
    once, anew = planners.verify(asked), planners.verify(replace(asked, does_repeat=True))
    assert judged(once) == judged(anew)
    assert once.hypotheses == anew.hypotheses
    assert once.coverage == anew.coverage == 1.0
    assert anew.mirrored == 0
    return once


ALIKE = ("cupboard",) * 4
CLOSED = tuple(f"not is_open({name})" for name in PLACES)


def test_places_that_nothing_tells_apart_stand_for_each_other(domain):
    result = compared(problem(domain, ALIKE, first="nothing", last="nothing", goal=GOALS[0]))
    assert result.is_proven
    assert result.mirrored == 3
    assert "(3 like another)" in result.summary()


UNLIKE = {
    "named in the tree": {"middle": "check a place", "facts": CLOSED},
    "named in the goal": {"goal": GOALS[2]},
    "forbidden": {"never": NEVER[1]},
    "named in a requirement": {"asked": "an answer"},
    "of another type": {"kinds": ("cupboard", "sink", "cupboard", "sink")},
    "of a type that is not opened": {"kinds": ("cupboard", "sink") * 2, "kind": "cabinet"},
    "where it belongs": {"middle": "where it belongs", "facts": (*CLOSED, "belongs(milk, beta)")},
    "of a number that is counted": {"middle": "count", "facts": (*CLOSED, "is_open(delta)")},
    "full": {
        "last": "put it back",
        "facts": ("in(apple, alpha)",),
        "capacity": (("alpha", 1), ("beta", 1)),
    },
    "open already": {"facts": ("is_open(beta)",)},
    "closed for sure": {"facts": ("not is_open(gamma)",)},
    "nearby": {"facts": ("at(delta)",)},
    "known to be without it": {"facts": ("not in(milk, beta)",)},
    "of different use": {
        "last": "nothing is left",
        "facts": ("in(apple, alpha)", "not in(cheese, beta)"),
    },
    "visited in an order": {"first": "open one"},
    "opened before, in an order": {"first": "look into one after the other"},
    "closed in an order": {"last": "close the first", "facts": CLOSED},
    "closed, the first of those that are": {"last": "close one", "facts": CLOSED},
    "closed, the first of all": {"middle": "close the first of all", "facts": CLOSED},
    "opened in an order, and it fails in any case": {
        "first": "look into one after the other",
        "last": "check a place",
        "asked": "a place before",
        "facts": ("is_open(beta)",),
    },
    "closed, the one that is open": {
        "middle": "close one that is open",
        "facts": (*CLOSED[:3], "is_open(delta)"),
    },
}


@pytest.mark.parametrize("name", UNLIKE)
def test_a_place_that_differs_is_proven_as_in_every_run(domain, name):
    given_here = {"first": "nothing", "last": "nothing", "goal": GOALS[0], **UNLIKE[name]}
    kinds = given_here.pop("kinds", ALIKE)
    compared(problem(domain, kinds, **given_here))


@st.composite
def cases(draw):
    kinds = draw(
        st.one_of(
            st.sampled_from(KINDS).map(lambda one: (one,) * 4),
            st.tuples(*[st.sampled_from(KINDS[:3])] * 4),
            st.tuples(*[st.sampled_from(KINDS)] * 4),
        )
    )
    containers = [name for name, kind in zip(PLACES, kinds, strict=True) if kind in KINDS[:4]]
    loose = [name for name, kind in zip(PLACES, kinds, strict=True) if kind == "worktop"]
    receptacles = [name for name in PLACES if name not in loose]
    options = [f"{sign}is_open({name})" for name in containers for sign in ("", "not ")]
    things = (("apple", ""), ("milk", "not "), ("cheese", ""))
    options += [f"{sign}in({x}, {p})" for p in receptacles for x, sign in things]
    options += [f"belongs(milk, {p})" for p in receptacles]
    options += [f"on({x}, {p})" for p in loose for x in ("apple", "cheese")]
    options += [f"at({name})" for name in PLACES]
    facts = draw(st.lists(st.sampled_from(options), max_size=3, unique=True)) if options else []
    facts += draw(st.sampled_from([[], ["on(cheese, table)"], ["on(apple, table)"]]))
    limits = st.tuples(st.sampled_from(PLACES), st.sampled_from([1, 2, 9]))
    capacity = draw(st.lists(limits, max_size=2))
    return {
        "kinds": kinds,
        "first": draw(st.sampled_from(sorted(FIRST))),
        "last": draw(st.sampled_from(sorted(LAST))),
        "goal": draw(st.sampled_from(GOALS)),
        "never": draw(st.sampled_from(NEVER)),
        "asked": draw(st.sampled_from(sorted(ASKED))),
        "middle": draw(st.sampled_from(sorted(MIDDLE))),
        "kind": draw(st.sampled_from(["container", "container", "cabinet"])),
        "facts": tuple(facts),
        "capacity": tuple(capacity),
    }


@pytest.mark.slow
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(case=cases())
def test_like_hypotheses_are_proven_as_in_every_run(domain, case):
    asked = problem(domain, **case)
    assume(is_sound(asked))
    compared(asked)


def test_a_tree_that_fails_wherever_the_thing_is_seen_is_not_proven(domain):
    worktops = ("worktop",) * 4
    asked = problem(domain, worktops, first="nothing", last="one is closed", goal=GOALS[0])
    assert not compared(asked).is_proven
