"""The library of hazard rules: properties of things, levels, safe orders, follow-ups, checks."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.driving import Session
from tests.readings import kind, words
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners import Goal, Plan, Refusal
from treehand.skills.domain import parse_formula
from treehand.trees import parse_tree

DOMAIN = """
domain: den
types: {spot: , thing: , knob: , shelf: spot, trophy: thing, gate: , bench: spot}
predicates:
  "on":
    params: {item: thing, place: spot}
    say: "{item} is on {place}"
    phrases: ["put {item} on {place}"]
  in:
    params: {item: thing, place: spot}
    say: "{item} is in {place}"
    phrases: ["put {item} in {place}"]
  lit:
    params: {knob: knob}
    default: false
    phrases: ["light {knob}"]
    phrases_not: ["put out {knob}"]
  is_open:
    params: {gate: gate}
    phrases: ["open {gate}"]
    phrases_not: ["close {gate}"]
    adjectives: [open]
  part_of: {known_by: given, params: {part: knob, whole: spot}}
  broken: {params: {item: thing}, default: false, adjectives: [broken]}
skills:
  put: {params: {item: thing, place: spot}, effects: ["on(item, place)"]}
  drop: {params: {item: thing, place: spot}, effects: ["in(item, place)"], irreversible: true}
  light: {params: {knob: knob}, effects: [lit(knob)]}
  put_out: {params: {knob: knob}, effects: [not lit(knob)]}
  open: {params: {gate: gate}, effects: [is_open(gate)]}
  close: {params: {gate: gate}, effects: [not is_open(gate)]}
exclusive: [["on(item, _)", "in(item, _)"]]
"""
SCENE = """
scene: den
domain: den
objects:
  heater: {type: spot}
  fireplace: {type: spot}
  shelf: {type: shelf}
  bench: {type: bench}
  bin: {type: spot}
  knob: {type: knob}
  gate: {type: gate}
  newspaper: {type: thing}
  brick: {type: thing}
  cup: {type: trophy}
  crate: {type: thing, mass_kg: 12}
  dish: {type: thing, break_force_n: 4}
  lump: {type: thing}
facts: ["part_of(knob, heater)", "on(newspaper, shelf)", "on(brick, shelf)", "on(cup, bench)",
  "on(crate, bench)", "on(dish, bench)", "on(lump, shelf)", lit(knob)]
"""


SESSIONS: dict[tuple[str, str], Session] = {}
"""Sessions of places, by what was added to the domain and by the scene; tests only read them."""


def session_in(folder: Path, more: str = "", scene: str = SCENE) -> Session:
    if (more, scene) not in SESSIONS:
        SESSIONS[more, scene] = new_session(folder, more, scene)
    return SESSIONS[more, scene]


def new_session(folder: Path, more: str, scene: str) -> Session:
    (folder / "d.domain.yaml").write_text(DOMAIN + more)
    (folder / "d.scene.yaml").write_text(scene)
    paths = {"domain": folder / "d.domain.yaml", "scene": folder / "d.scene.yaml"}
    return Session(Deployment.load(DeploymentOverrides(**paths), looks_here=False))


def plan_for(session: Session, goal) -> Plan:
    """Return the plan for a goal with its cautions; nothing need serve its skills."""
    assert isinstance(goal, Goal), words(goal)
    plan, problem = session.plan(goal), session.world_model.planning_problem
    assert isinstance(plan, Plan)
    assert session.planner.refusal(plan, problem) is None
    cautions = session.deployment.hazards.cautions(plan.steps, problem.facts)
    return replace(plan, cautions=cautions)


def test_a_refusal_names_the_hazard_and_offers_the_safe_order(tmp_path):
    session = session_in(tmp_path)
    refusal = session.understand("put the newspaper on the heater")
    assert isinstance(refusal, Refusal)
    assert refusal.hazard == "fire"
    assert "would catch fire" in refusal.message
    assert refusal.message.endswith("put out the knob first?")
    assert refusal.offer is not None
    plan = plan_for(session, refusal.offer)
    assert tuple(map(str, plan.steps)) == ("put_out(knob)", "put(newspaper, heater)")


def test_a_source_of_heat_that_is_off_is_none(tmp_path):
    session = session_in(tmp_path, scene=SCENE.replace(", lit(knob)", ""))
    assert plan_for(session, session.understand("put the newspaper on the heater"))


@pytest.mark.parametrize("text", ["put the newspaper in the fireplace", "in(newspaper, fireplace)"])
def test_a_fire_without_a_switch_always_burns(tmp_path, text):
    refusal = session_in(tmp_path).understand(text)
    assert (refusal.hazard, refusal.offer) == ("fire-in-flames", None)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("put the brick in the bin", ["disposal"]),
        ("put the newspaper in the bin", []),
        ("put the brick on the shelf", []),
        ("open the gate", ["door-left-open"]),
    ],
)
def test_what_an_approval_tells(tmp_path, text, rules):
    session = session_in(tmp_path, scene=SCENE.replace("on(brick, shelf)", "on(brick, bench)"))
    plan = plan_for(session, session.understand(text))
    assert [caution.rule for caution in plan.cautions] == rules


def test_a_mention_offers_what_mends_it(tmp_path):
    session = session_in(tmp_path)
    (caution,) = plan_for(session, session.understand("open the gate")).cautions
    assert caution.text == "the gate is left open; then say 'close the gate'"
    assert str(caution.follow_up.formula) == "not is_open(gate)"


def test_a_confirmed_hazard_is_asked_about_before_its_step_only(tmp_path):
    hazards = session_in(tmp_path).deployment.hazards
    facts = session_in(tmp_path).world_model.facts
    assert hazards.because(parse_formula("in(brick, bin)"), facts) is not None
    assert hazards.because(parse_formula("on(brick, shelf)"), facts) is None


def test_what_is_broken_may_be_thrown_away(tmp_path):
    session = session_in(tmp_path)
    facts = session.world_model.facts.copy()
    facts.predict(parse_formula("broken(brick)"), "a test", 0.0)
    assert session.deployment.hazards.because(parse_formula("in(brick, bin)"), facts) is None


def test_a_step_of_a_persons_tree_is_held_to_it_too(tmp_path):
    session = session_in(tmp_path)
    tree = parse_tree("tree: burn\nroot: {do: 'put(newspaper, heater)'}\n", file="burn.tree.yaml")
    plan = session.plan_tree(tree, {})
    refusal = session.planner.refusal(plan, session.world_model.planning_problem)
    assert "put(newspaper, heater) would be dangerous" in refusal


@pytest.mark.parametrize(
    ("thing", "kinds", "fits"),
    [
        ("newspaper", ("combustible",), True),
        ("brick", ("combustible",), False),
        ("crate", ("heavy",), True),
        ("dish", ("fragile",), True),
        ("cup", ("not fragile", "trophy"), False),
        ("lump", ("heavy", "fragile", "combustible"), False),
    ],
)
def test_the_properties_of_things(tmp_path, thing, kinds, fits):
    assert session_in(tmp_path).deployment.hazards.things[thing].fits(kinds) is fits


def test_a_domain_and_a_scene_declare_properties(tmp_path):
    more = "properties: {trophy: [not fragile], thing: [combustible]}\n"
    scene = SCENE.replace(
        "brick: {type: thing}", "brick: {type: thing, properties: not combustible}"
    )
    things = session_in(tmp_path, more, scene).deployment.hazards.things
    assert things["lump"].has("combustible")
    assert not things["brick"].has("combustible")
    assert not things["cup"].has("fragile")


def test_a_domain_changes_and_adds_rules(tmp_path):
    rule = "{rule: shelf-load, level: confirm, what: heavy, at: shelf, reason: '{what} bends {at}'}"
    more = f"hazards:\n  - {{rule: fire, level: 'off'}}\n  - {rule}\n"
    session = session_in(tmp_path, more)
    assert plan_for(session, session.understand("put the newspaper on the heater"))
    (caution,) = plan_for(session, session.understand("put the crate on the shelf")).cautions
    assert caution.text == "the crate bends the shelf: you are asked again just before it"


@pytest.mark.parametrize(
    ("line", "code", "word"),
    [
        ("  - {rule: fyre, level: 'off'}", "unknown-hazard", "fyre"),
        ("  - {what: combustble, at: heat, reason: r}", "unknown-property", "combustble"),
        ("  - {what: heavy, at: [heat, shelv], reason: r}", "unknown-property", "shelv"),
        ("  - {what: heavy, at: shelf, by: onn, reason: r}", "unknown-preposition", "onn"),
        ("  - {what: heavy, reason: r}", "wrong-hazard", "what"),
        ("  - {what: heavy, at: shelf}", "wrong-hazard", "reason"),
        ("  - {left: open, what: gate, reason: r}", "wrong-hazard", "mention"),
        ("  - {rule: fire, what: heavy, at: shelf, reason: r}", "duplicate-hazard", "fire"),
        ("  - {rule: fire, level: allow}", "wrong-value", "allow"),
    ],
)
def test_a_wrong_rule_is_an_error_at_its_line(tmp_path, line, code, word):
    with pytest.raises(InputError, match=word) as caught:
        session_in(tmp_path, f"hazards:\n{line}\n")
    finding = caught.value.findings[0]
    assert (finding.code, finding.span.line) == (code, DOMAIN.count("\n") + 2)
    assert finding.hint


def test_an_unknown_property_of_an_object_is_an_error(tmp_path):
    scene = SCENE.replace("brick: {type: thing}", "brick: {type: thing, properties: [hevy]}")
    with pytest.raises(InputError, match="hevy"):
        session_in(tmp_path, scene=scene)


@pytest.fixture(scope="module")
def kitchen():
    return Session(Deployment.load(looks_here=False))


@pytest.mark.parametrize(
    "text",
    [
        "put the paper on the stove",
        "place the wrapper on the cooker",
        "put the sponge on the stove",
        "put all the food on the stove",
        "on(apple, stove)",
    ],
)
def test_the_kitchen_burns_nothing(kitchen, text):
    reading = kitchen.understand(text)
    assert kind(reading) == "refused", words(reading)
    assert reading.hazard == "fire"


def test_the_pan_may_stand_on_a_burning_burner(kitchen):
    goal = kitchen.understand("on(pan, stove) and not is_open(fridge)")
    assert kind(goal) == "goal"
