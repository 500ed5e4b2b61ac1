"""Hazards of five kinds, refused in goals and in plans, and planned around where there is a way."""

from pathlib import Path

import pytest

from tests.driving import Session
from tests.readings import kind, words
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Infeasible, Plan, VerificationProblem, verify
from treehand.trees import parse_tree

DOMAIN = """
domain: workshop
types: {thing: , rubbish: thing, kettle: thing, blade: thing, person: , device: , flame: }
predicates:
  near: {params: {item: thing, who: person}, default: false, phrases: ["bring {item} to {who}"]}
  points_at:
    {params: {edge: blade, who: person}, default: false, phrases: ["point {edge} at {who}"]}
  hot: {params: {item: kettle}, default: false}
  plugged: {params: {what: device}, default: false, phrases: ["plug in {what}"]}
  wet: {params: {what: device}, default: false, phrases: ["wet {what}", "water {what}"]}
  clean: {params: {what: device}, default: false, phrases: ["clean {what}"]}
  burning: {params: {what: flame}, default: false, phrases: ["light {what}"]}
  gone: {params: {item: thing}, default: false, phrases: ["throw {item} away"]}
skills:
  bring: {params: {item: thing, who: person}, effects: ["near(item, who)"]}
  boil: {params: {item: kettle}, effects: [hot(item)]}
  cool: {params: {item: kettle}, effects: [not hot(item)]}
  turn: {params: {edge: blade, who: person}, effects: ["points_at(edge, who)"]}
  unplug: {params: {what: device}, effects: [not plugged(what)]}
  plug_in: {params: {what: device}, effects: [plugged(what)]}
  hose: {params: {what: device}, effects: [clean(what), wet(what)]}
  light: {params: {what: flame}, effects: [burning(what)]}
  throw: {params: {item: thing}, effects: [gone(item)], irreversible: true}
hazards:
  - state: "exists k in kettle where hot(k) -> exists p in person -> near(k, p)"
    reason: heat near a person
  - {effect: "points_at(edge, who)", reason: a blade towards a person}
  - {state: "exists d in device where plugged(d) -> wet(d)", reason: water on electrics}
  - {effect: burning(what), reason: a flame that nobody watches}
  - {state: "exists t in thing except wrapper -> gone(t)", reason: gone for good and no rubbish}
"""
SCENE = """
scene: workshop
domain: workshop
objects:
  kettle: {type: kettle}
  knife: {type: blade}
  wrapper: {type: rubbish}
  anna: {type: person}
  lamp: {type: device}
  torch: {type: flame}
facts: [hot(kettle), plugged(lamp)]
"""
COLD = SCENE.replace("facts: [hot(kettle), plugged(lamp)]", "facts: []")
BLIND = COLD.replace("facts: []", "facts: [in_view(radio)]").replace(
    "  torch:", "  radio: {type: device}\n  torch:"
)


def session_in(folder: Path, scene: str = SCENE, domain: str = DOMAIN) -> Session:
    (folder / "w.domain.yaml").write_text(domain)
    (folder / "w.scene.yaml").write_text(scene)
    paths = {"domain": folder / "w.domain.yaml", "scene": folder / "w.scene.yaml"}
    return Session(Deployment.load(DeploymentOverrides(**paths), looks_here=False))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bring the kettle to anna", "heat near a person"),
        ("point the knife at anna", "a blade towards a person"),
        ("wet the lamp", "water on electrics"),
        ("wet(lamp) and not plugged(lamp) or burning(torch)", "a flame that nobody watches"),
        ("light the torch", "a flame that nobody watches"),
        ("throw the kettle away", "gone for good and no rubbish"),
        ("throw all things away", "gone for good and no rubbish"),
    ],
)
def test_what_is_refused_as_a_goal(tmp_path, text, why):
    goal = session_in(tmp_path).understand(text)
    assert (kind(goal), words(goal).endswith(why)) == ("refused", True), words(goal)


@pytest.mark.parametrize(
    "text",
    [
        "not plugged(lamp) and wet(lamp)",
        "not hot(kettle) and near(kettle, anna)",
        "near(knife, anna) or not plugged(lamp)",
    ],
)
def test_what_is_harmless_as_a_whole_is_not_refused_for_a_part(tmp_path, text):
    session = session_in(tmp_path)
    goal = session.understand(text)
    assert kind(goal) == "goal", words(goal)
    assert isinstance(session.plan(goal), Plan)


def test_what_nobody_knows_counts_as_a_danger(tmp_path):
    """Nobody knows whether the lamp is plugged in: it is unplugged before it gets wet."""
    known = "plugged: {params: {what: device}, default: false"
    seen = "plugged: {params: {what: device}, known_when: in_view(what)"
    domain = DOMAIN.replace(known, f"in_view: {{params: {{what: device}}}}\n  {seen}")
    session = session_in(tmp_path, BLIND, domain)
    plan = session.plan(session.understand("clean the lamp"))
    assert isinstance(plan, Plan)
    assert tuple(map(str, plan.certificate.steps)) == ("unplug(lamp)", "hose(lamp)")


@pytest.mark.parametrize("text", ["throw the wrapper away", "bring the knife to anna"])
def test_what_is_harmless_is_planned_for(tmp_path, text):
    session = session_in(tmp_path)
    plan = session.plan(session.understand(text))
    assert isinstance(plan, Plan)
    assert len(plan.certificate.steps) == 1


def test_a_hazardous_state_is_planned_around(tmp_path):
    """Cleaning wets the lamp, so it is unplugged first; nobody said so in an action model."""
    session = session_in(tmp_path)
    plan = session.plan(session.understand("clean the lamp"))
    assert isinstance(plan, Plan)
    assert tuple(map(str, plan.certificate.steps)) == ("unplug(lamp)", "hose(lamp)")
    assert plan.tree.root.while_ is not None
    planning, never = session.world_model.planning_problem, session.deployment.never
    problem = VerificationProblem(planning, plan.tree, plan.arguments, plan.goal, never)
    assert verify(problem).violations == ()


def test_what_can_be_had_only_through_a_hazardous_state_has_no_plan(tmp_path):
    line = "  unplug: {params: {what: device}, effects: [not plugged(what)]}\n"
    domain = DOMAIN.replace(line, "")
    session = session_in(tmp_path, domain=domain)
    plan = session.plan(session.understand("clean the lamp"))
    assert isinstance(plan, Infeasible)


def test_a_hazardous_goal_is_one_of_two_wishes_together(tmp_path):
    """Each alone is harmless: a hot kettle, and a kettle beside somebody."""
    session = session_in(tmp_path, COLD)
    assert kind(session.understand("hot(kettle)")) == "goal"
    assert kind(session.understand("near(kettle, anna)")) == "goal"
    assert kind(session.understand("hot(kettle) and near(kettle, anna)")) == "refused"


def test_a_tree_of_a_person_is_held_to_it_too(tmp_path):
    session = session_in(tmp_path)
    tree = parse_tree("tree: wash\nroot: {do: hose(lamp)}\n", file="wash.tree.yaml")
    plan = session.plan_tree(tree, {})
    planning, never = session.world_model.planning_problem, session.deployment.never
    (violation,) = verify(VerificationProblem(planning, tree, {}, plan.goal, never)).violations
    assert "plugged(d)" in str(violation.finding)


@pytest.mark.parametrize(
    ("hazard", "message"),
    [
        ("{effect: burnt(what), reason: r}", "burnt"),
        ("{state: exists d in devise -> wet(d), reason: r}", "devise"),
        ("{effect: burning(what), state: wet(lamp), reason: r}", "an effect or a state"),
        ("{reason: r}", "an effect or a state"),
        ("{state: wet(lamp), level: confirm, reason: r}", "nobody can allow a state"),
        ("{effect: near(item), reason: r}", "near"),
        ("{state: wet(lmap), reason: r}", "lmap"),
        ("{state: exists t in thing except wraper -> gone(t), reason: r}", "wraper"),
        ("{effect: burning(torch), reason: r}", "stands for anything here"),
    ],
)
def test_a_hazard_that_names_nothing_is_an_error_at_its_line(tmp_path, hazard, message):
    domain = DOMAIN[: DOMAIN.index("hazards:")] + f"hazards:\n  - {hazard}\n"
    with pytest.raises(InputError, match=message) as caught:
        session_in(tmp_path, domain=domain)
    assert caught.value.findings[0].span.line == domain.count("\n", 0, domain.index(hazard)) + 1


def test_a_way_that_is_called_door_has_no_name_without_words(tmp_path):
    domain = tmp_path / "hall.domain.yaml"
    domain.write_text(
        "domain: hall\ntypes: {door: , thing: }\npredicates:\n"
        '  is_open: {params: {door: door}, say: "{door} is open", say_not: "{door} is closed"}\n'
        "skills:\n  open: {say: 'open {door}', params: {door: door}, effects: [is_open(door)], "
        "duration: 1 s, timeout: 9 s}\n"
    )
    scene = tmp_path / "hall.scene.yaml"
    scene.write_text("scene: hall\ndomain: hall\nobjects: {door: {type: door}}\n")
    given = DeploymentOverrides(domain=domain, scene=scene)
    lexicon = Deployment.load(given, looks_here=False).lexicon
    assert () not in lexicon.nouns
    assert not lexicon.is_place("door")
