"""Things that nobody sees are found by the skills that make them observable (`known_when`)."""

import pytest

import treehand as th
from treehand.events import SkillEnded
from treehand.orchestrator.sessions.verify import verify_plan
from treehand.trees import parse_tree

DOMAIN = """\
domain: boxes
types: {place: null, thing: null}
predicates:
  in:
    params: {item: thing, place: place}
    known_when: is_open(place)
    say: "{item} is in {place}"
    phrases: ["put {item} in {place}"]
  is_open: {params: {place: place}, say: "{place} is open", say_not: "{place} is closed"}
  at: {params: {place: place}, say: "the robot is at {place}"}
  holding:
    params: {item: thing}
    say: "the robot holds {item}"
    phrases: ["take {item}"]
  hand_empty: {say: the hand is empty}
  locked: {params: {place: place}, say: "{place} is locked"}
  opens_with: {known_by: given, params: {item: thing, place: place}}
  scanned: {params: {item: thing}, say: "{item} is scanned", phrases: ["scan {item}"]}
  sharp: {params: {item: thing}, known_when: holding(item), say: "{item} is sharp"}
  wrapped: {params: {item: thing}, say: "{item} is wrapped", phrases: ["wrap {item}"]}
exclusive:
  - ["in(item, _)", "holding(item)"]
  - ["holding(_)", "hand_empty()"]
  - ["at(_)"]
skills:
"""
OPEN = """\
  open: {params: {place: place}, effects: ["is_open(place)"], duration: 5 s}
"""
TAKE = """\
  take:
    params: {what: thing, spot: place}
    preconditions: ["in(what, spot)", "is_open(spot)", "hand_empty()"]
    effects: ["holding(what)"]
    duration: 5 s
"""
PUT = """\
  put:
    params: {item: thing, place: place}
    preconditions: ["holding(item)", "is_open(place)"]
    effects: ["in(item, place)", "hand_empty()"]
    duration: 5 s
"""
SCENE = """\
scene: room
domain: boxes
objects:
  drawer: {type: place}
  chest: {type: place}
  tray: {type: place}
  ring: {type: thing}
facts: ["in(ring, chest)", "is_open(tray)", "at(tray)"]
"""


@pytest.fixture
def room(tmp_path):
    def make(skills, domain=DOMAIN, scene=SCENE):
        (tmp_path / "boxes.domain.yaml").write_text(domain + skills)
        (tmp_path / "room.scene.yaml").write_text(scene)
        config = tmp_path / "treehand.yaml"
        config.write_text("world: paper\ndomain: boxes.domain.yaml\nscene: room.scene.yaml\n")
        return th.open(config)

    return make


def done(robot, goal, *, proven=True):
    """Return the plan for a goal, and the steps of its run, which reaches the goal."""
    plan = robot.propose(goal)
    assert isinstance(plan, th.Plan), plan
    assert verify_plan(robot, plan).is_proven is proven
    ended: list[SkillEnded] = []
    robot.on(SkillEnded, ended.append)
    result = robot.run(robot.approve(plan, by="a test"))
    assert (result.outcome, result.world_true) == ("success", True), result.message
    return plan, [str(one.call) for one in ended]


def branches(plan):
    return {one.conditions[-1]: list(map(str, one.steps)) for one in plan.certificate.branches}


def test_opening_a_place_shows_what_is_in_it(room):
    with room(OPEN + TAKE + PUT) as robot:
        plan, ran = done(robot, "put the ring in the tray")
    rest = "take(ring, chest)", "put(ring, tray)"
    assert branches(plan) == {
        "ring is in drawer": ["open(drawer)", "take(ring, drawer)", "put(ring, tray)"],
        "ring is in chest": ["open(drawer)", "open(chest)", *rest],
    }
    assert ran == ["open(drawer)", "open(chest)", *rest]


def test_a_place_that_is_seen_from_near_is_driven_to(room):
    near = DOMAIN.replace("known_when: is_open(place)", "known_when: at(place)")
    drive = """\
  go_to:
    params: {place: place}
    effects: ["at(place)"]
    failures: {path-blocked: {probability: 0.0}}
    retry: {attempts: 3, on: [path-blocked]}
"""
    with room(drive + TAKE.replace("is_open(spot)", "at(spot)"), near) as robot:
        plan, ran = done(robot, "take the ring")
        proof = verify_plan(robot, plan)
    assert ran == ["go_to(drawer)", "go_to(chest)", "take(ring, chest)"]
    assert proof.given_up == ()  # looking in vain after a failure is not given up for the failure


def test_an_argument_that_no_skill_decides_is_looked_for(room):
    scan = """\
  scan:
    params: {item: thing, place: place}
    preconditions: ["in(item, place)", "is_open(place)"]
    effects: ["scanned(item)"]
"""
    with room(OPEN + scan) as robot:
        _, ran = done(robot, "scan the ring")
    assert ran == ["open(drawer)", "open(chest)", "scan(ring, chest)"]


def test_places_are_opened_before_a_skill_that_must_find_them_open(room):
    take = """\
  take:
    params: {item: thing}
    preconditions: ["forall c in place where in(item, c) -> is_open(c)", "hand_empty()"]
    effects: ["holding(item)"]
"""
    with room(OPEN + take) as robot:
        _, ran = done(robot, "take the ring")
    assert ran == ["open(drawer)", "open(chest)", "take(ring)"]


def test_a_precondition_that_nothing_brings_about_is_looked_at(room):
    wrap = """\
  wrap: {params: {item: thing}, preconditions: [not sharp(item)], effects: [wrapped(item)]}
"""
    with room(OPEN + TAKE + wrap) as robot:
        plan, ran = done(robot, "wrap the ring")
    assert ran == ["open(drawer)", "open(chest)", "take(ring, chest)", "wrap(ring)"]
    sharp = "if ring is sharp and ring is in chest: 'not sharp(ring)' is false"
    assert any(one.startswith(sharp) for one in plan.certificate.checked)


def test_a_key_that_is_hidden_opens_what_hides_another_thing(room):
    locks = """\
  unlock:
    params: {place: place, key: thing}
    preconditions: ["holding(key)", "opens_with(key, place)"]
    effects: ["not locked(place)"]
"""
    door = OPEN.replace("effects", 'preconditions: ["not locked(place)"], effects')
    scene = SCENE.replace("  ring:", "  key: {type: thing}\n  ring:").replace(
        'facts: ["', 'facts: ["in(key, drawer)", "locked(chest)", "opens_with(key, chest)", "'
    )
    with room(locks + door + TAKE + PUT, scene=scene) as robot:
        _, ran = done(robot, "take the ring", proven=False)
    assert ran[0] == "open(drawer)"
    assert ran[-4:] == [
        "unlock(chest, key)",
        "put(key, drawer)",
        "open(chest)",
        "take(ring, chest)",
    ]


def test_a_thing_that_is_nowhere_ends_the_run_after_a_look_everywhere(room):
    with room(OPEN + TAKE, scene=SCENE.replace('"in(ring, chest)", ', "")) as robot:
        plan = robot.propose("take the ring")
        result = robot.run(robot.approve(plan, by="a test"))
    assert (result.outcome, result.leaves_run) == ("failure", 2)
    assert "'exists spot in place -> in(ring, spot)' is false" in result.message


def test_a_tree_that_looks_in_one_place_only_is_not_proven(room):
    tree = parse_tree(
        """\
tree: look
domain: boxes
root:
  sequence:
    - do: open(chest)
    - for_each: p in place where in(ring, p)
      mode: any
      each: {do: "take(ring, p)"}
""",
        file="look.tree.yaml",
    )
    with room(OPEN + TAKE) as robot:
        read = robot.propose("take the ring")
        plan = robot.propose_tree(tree, {}, read.goal)
        proof = verify_plan(robot, plan)
    assert [one.finding.code for one in proof.violations] == ["fails-by-itself"]


@pytest.mark.parametrize("where", ["at(place)", "uncovered(place)", "holding(item)"])
def test_nothing_is_seen_from_the_start_that_a_skill_has_to_show(room, where):
    shown = DOMAIN.replace("known_when: is_open(place)", f"known_when: {where}")
    cover = '  uncovered: {params: {place: place}, say: "{place} is uncovered"}\n'
    domain = shown.replace("  locked:", f"{cover}  locked:")
    scene = SCENE.replace(', "at(tray)"', "")
    with room(OPEN + TAKE, domain, scene) as robot:
        believed = {str(fact) for fact in robot.world.facts.true_facts()}
    assert believed == {"hand_empty()", "is_open(tray)"}
