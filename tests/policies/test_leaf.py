"""A leaf that a policy serves, in lockstep with virtual time: success, fallbacks, eyes, files."""

from pathlib import Path

import numpy as np
import pytest

from tests.driving import Session
from treehand.authoring.policy_subjects import bound_subjects
from treehand.authoring.skill_check import check_call
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.people.person import ScriptedPerson
from treehand.orchestrator.running.result import Outcome
from treehand.planners import Plan
from treehand.scenarios import Deployments, load_variants, variant_findings
from treehand.scenarios.running.cases import Case, run_case
from treehand.skills import Frames
from treehand.skills.domain import parse_call
from treehand.skills.vla import PolicyCheck
from treehand.skills.vla.control.camera_streams import CameraStreams

from .benches import codes, deployment, run

MINE = f"{Path(__file__).parent / 'looking.py'}"
TEXT = """
world: tabletop
bindings:
  pick:
    policy: {{adapter: "{mine}:{policy}", instruction: "pick up the {{item}}"{options}}}
    until: holding(item)
    timeout: 8 s
{more}
"""


def place(folder, policy="Looking", more="", options="", **kwargs):
    more = "".join(f"    {line}\n" for line in more.splitlines())
    text = TEXT.format(mine=MINE, policy=policy, more=more, options=options)
    return deployment(folder, text=text, **kwargs)


def test_success_is_what_the_world_says_and_not_the_policy(tmp_path):
    result, robot, events = run(place(tmp_path))
    assert result.outcome is Outcome.SUCCESS
    assert result.world_true
    robot.require_safe()
    ended = next(event for event in events if event.event == "skill-ended")
    assert ended.evidence


def test_it_keeps_the_contract_of_a_skill(tmp_path):
    checks = check_call(place(tmp_path, is_recorded=False), parse_call("pick(red_block)"), seeds=2)
    assert [check.name for check in checks if check.problem] == []


@pytest.mark.parametrize("fault", ["grasp-dropped", "grasp-missed", "push", "skill-error"])
def test_what_goes_wrong_with_a_block_is_recovered_from(tmp_path, fault):
    def disturb(session):
        session.disturb([f"{fault}@pick(red_block):1"])

    goal = "put the red block on the tray"
    where = place(tmp_path, is_recorded=False)
    result, _, _ = run(where, goal, before=disturb, has_recovery=True)
    assert result.world_true


@pytest.mark.slow
@pytest.mark.parametrize(
    ("confirm", "code"),
    [
        ("{force: gripper_force_n, least_width_m: 0.03}", None),
        ("{least_width_m: 0.05}", "timeout"),
        ("{force: gripper_force_n, least_force_n: 30}", "timeout"),
        (f'"{MINE}:Second"', None),
        (f'"{MINE}:Never"', "timeout"),
    ],
)
def test_somebody_else_must_agree(tmp_path, confirm, code):
    result, _, events = run(place(tmp_path, more=f"confirm: {confirm}"))
    if code is None:
        assert result.outcome is Outcome.SUCCESS
        assert result.sim_time_s > (5.0 if "Second" in confirm else 0.0)
    else:
        assert codes(events) == [code]


def test_a_mistake_in_an_adapter_is_the_failure_of_the_skill(tmp_path):
    result, robot, events = run(place(tmp_path, "Broken"))
    assert codes(events) == ["skill-error"]
    assert "a mistake in the adapter" in result.message
    assert robot.stops_s


def test_a_busy_machine_makes_no_difference_in_virtual_time(tmp_path):
    where = place(tmp_path, options=", answer_within: 1 ms")
    result, _, events = run(where)
    assert result.outcome is Outcome.SUCCESS
    assert codes(events) == []


def test_a_second_policy_serves_where_the_first_cannot(tmp_path):
    second = f'{{adapter: "{MINE}:Looking", instruction: "pick up the {{item}}"}}'
    more = f"otherwise: [{{policy: {second}}}]"
    where = place(tmp_path, "Gone", more)
    result, _, events = run(where, has_recovery=True)
    assert result.outcome is Outcome.SUCCESS
    assert codes(events) == ["policy-unreachable"]


def test_a_second_policy_serves_where_the_first_takes_another_block(tmp_path):
    goal = "put the red block on the tray"
    more = "otherwise: [{skill: world}]"
    where = place(tmp_path, "ColourBlind", more, is_recorded=False)
    result, _, events = run(where, goal, has_recovery=True)
    assert result.outcome is Outcome.SUCCESS
    assert codes(events) == ["wrong-effect"]
    where = place(tmp_path, "ColourBlind", is_recorded=False)
    result, _, events = run(where, goal, has_recovery=True)
    assert result.outcome is not Outcome.SUCCESS
    assert codes(events) == ["wrong-effect"] * 3
    assert "'holding(blue_block)' came true in place of 'holding(red_block)'" in result.message


def test_a_person_is_asked_where_no_policy_can(tmp_path):
    """What they say they did is looked at, not believed."""
    asks = "- ask: {question: 'Please put the {item} into the hand.', options: [done, no]}"
    where = place(tmp_path, "Gone", f"otherwise:\n  {asks}", is_recorded=False)
    person = ScriptedPerson(["done"] * 10)
    session = Session(where, person=person)
    plan = session.plan(session.understand("pick up the red block"))
    assert isinstance(plan, Plan)
    result = session.execute(plan, approved_by="the test")
    assert "red_block" in person.questions[0] or "red block" in person.questions[0]
    assert result.outcome is not Outcome.SUCCESS  # nobody put anything anywhere


class _Eyes:
    """A robot whose cameras are spoilt; all else is the robot's own."""

    def __init__(self, robot, spoil):
        self._robot, self._spoil = robot, spoil

    def __getattr__(self, name):
        return getattr(self._robot, name)

    spec = property(lambda self: self._robot.spec)

    def frames(self, cameras, size=(224, 224), *, depth=False):
        return self._spoil(self._robot.frames(cameras, size, depth=depth))


def test_a_camera_that_repeats_itself_with_new_stamps_is_found_out(tmp_path):
    kept = {}

    def repeat(frames):
        for name, picture in frames.rgb.items():
            kept.setdefault(name, picture)
        return Frames(frames.taken_s, {name: kept[name] for name in frames.rgb})

    options = ", execute: 2, wants: {cameras: {overhead: {never_repeats: true, max_age: 200 ms}}}"
    where = place(tmp_path, options=options, wrap=lambda robot: _Eyes(robot, repeat))
    result, robot, events = run(where)
    assert codes(events) == ["sensor-stale"]
    assert "has shown the same picture" in result.message
    robot.require_safe()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("holding(item)", "holdng(item)"), "treehand.yaml:5:12: unknown-predicate"),
        (("holding(item)", "is_heavy(item)"), "treehand.yaml:5:12"),
        (("{item}", "{itm}"), "'{itm}' is no parameter of the skill"),
        (("  pick:", "  pik:"), "did you mean 'pick'"),
        ((f"{MINE}:Looking", 'opnpi", url: "ws://a:1'), "unknown policy adapter 'opnpi'"),
        ((f"{MINE}:Looking", "here.py:Nobody"), "treehand.yaml:4:24"),
        (("instruction:", "instruktion:"), "did you mean 'instruction'"),
        (("8 s", "8"), "wrong-duration"),
        (('instruction: "', 'url: "there", instruction: "'), "'there' is no URL"),
    ],
)
def test_a_typo_in_a_binding_is_told_with_its_place(tmp_path, change, said):
    text = TEXT.format(mine=MINE, policy="Looking", more="", options="")
    old, new = change
    assert old in text
    (tmp_path / "treehand.yaml").write_text(text.replace(old, new).lstrip("\n"))
    with pytest.raises(InputError) as caught:
        Deployment.load(DeploymentOverrides(config=tmp_path / "treehand.yaml"))
    assert said in str(caught.value)


def test_pictures_of_streams_are_the_newest_whole_and_counted():
    streams = CameraStreams()
    for shade in (10, 20, 30):
        streams.put("front", np.full((48, 64, 3), shade, np.uint8), shade / 10)
    frames = streams.frames(["front"], (64, 64))
    picture = frames.rgb["front"]
    assert frames.taken_s == {"front": 3.0}
    assert picture.shape == (64, 64, 3)
    assert (picture[8:56] == 30).all()
    assert (picture[:8] == 0).all()
    assert streams.dropped() == {"front": (2, 3)}
    with pytest.raises(ValueError, match="'back' has sent nothing"):
        streams.frames(["back"])
    with pytest.raises(ValueError, match="sends no depth"):
        streams.frames(["front"], depth=True)


def test_depth_is_never_the_mean_of_near_and_far():
    streams = CameraStreams()
    depth_m = np.where(np.arange(64) < 32, 0.5, 4.0) * np.ones((64, 1))
    streams.put("front", np.zeros((64, 64, 3), np.uint8), 1.0, depth_m)
    small = streams.frames(["front"], (32, 32), depth=True).depth_m["front"]
    assert set(np.unique(small)) == {0.5, 4.0}


SCENARIO = """
scenario: the policy {fault}
config: treehand.yaml
goal: put the red block on the tray
faults:
  - {{at: pick(red_block), attempt: 1, inject: {fault}, phase: {phase}}}
expect:
  outcome: success
  facts: ["on(red_block, tray)"]
  failures: {{{code}: 1}}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "phase", "code"),
    [
        ("policy-killed", "before", "policy-unreachable"),
        ("policy-killed", "during", "policy-unreachable"),
        ("policy-hung", "before", "timeout"),
        ("policy-hung", "during", "policy-stale"),
        ("policy-nan", "before", "policy-invalid"),
        ("policy-nan", "during", "policy-invalid"),
    ],
)
def test_a_scenario_may_break_the_policy(tmp_path, fault, phase, code):
    place(tmp_path)
    path = tmp_path / "broken.scenario.yaml"
    path.write_text(SCENARIO.format(fault=fault, phase=phase, code=code))
    (variant,) = load_variants(path)
    report = run_case(Case(variant, 0))
    assert report.problems == (), report.problems


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("at: pick(red_block)", 'at: "place_on(red_block, tray)"', "no policy serves 'place_on'"),
        ("phase: before", "phase: after", "nobody asks a policy after the skill"),
        ("inject: policy-nan,", "inject: policy-nan(1),", "policy-nan takes no argument"),
    ],
)
def test_a_fault_of_a_policy_that_cannot_be_is_told_with_its_line(tmp_path, old, new, said):
    place(tmp_path)
    path = tmp_path / "broken.scenario.yaml"
    text = SCENARIO.format(fault="policy-nan", phase="before", code="policy-invalid")
    path.write_text(text.replace(old, new))
    told = "\n".join(map(str, variant_findings(load_variants(path), Deployments())))
    assert said in told
    assert "broken.scenario.yaml:6:" in told


def test_somebody_else_must_agree_in_a_tree_that_looks_again_at_every_tick(tmp_path):
    """The condition above the leaf holds long before the detector is content."""
    where = place(tmp_path, more=f'confirm: "{MINE}:Second"')
    result, _, events = run(where, has_recovery=True)
    assert result.outcome is Outcome.SUCCESS
    assert result.sim_time_s > 5.0
    assert [e.result for e in events if e.event == "skill-ended"] == ["success"]


def test_a_stop_as_it_begins_lets_nothing_move(tmp_path):
    def stop(session):
        def look(event):
            if event.event == "skill-started":
                session.stop("the test", by="test")

        session.world_model.stream.subscribe(look)

    result, robot, _ = run(place(tmp_path), before=stop, has_recovery=True)
    assert result.outcome is Outcome.INTERRUPTED
    assert robot.sent == []
    assert robot.stops_s


@pytest.mark.parametrize(
    ("policy", "options", "more", "said"),
    [
        ("Odd", "", "", "declares fps 30 Hz"),
        ("Odd", "", "", "it wants cameras '['a']'"),
        ("Plain", ", wants: {continues: true}", "", "which 'continues' asks for"),
        ("Looking", "", "confirm: {width: nosuch}", "'confirm' names 'nosuch'"),
    ],
)
def test_what_cannot_go_together_is_found_before_anything_moves(
    tmp_path, policy, options, more, said
):
    result, robot, events = run(place(tmp_path, policy, more, options))
    assert codes(events) == ["policy-mismatch"]
    assert said in result.message
    assert robot.sent == []


@pytest.mark.parametrize(("policy", "said"), [("Unmade", "KeyError"), ("Odd", "declares fps")])
def test_a_policy_check_of_a_broken_adapter_fails(tmp_path, policy, said):
    where = place(tmp_path, policy, is_recorded=False)
    (subject,) = bound_subjects(where)
    results = list(PolicyCheck(subject).results())
    assert any(result.result == "failed" and said in result.detail for result in results)


@pytest.mark.parametrize(
    "change",
    [
        ("timeout: 8 s", "timeout: 0 s"),
        ("timeout: 8 s", "timeout: 8 s\n    stall: 0 s"),
        ('instruction: "', 'starts: arrival, wants: {continues: true}, instruction: "'),
    ],
)
def test_settings_that_can_never_work_are_findings(tmp_path, change):
    text = TEXT.format(mine=MINE, policy="Looking", more="", options="")
    (tmp_path / "treehand.yaml").write_text(text.replace(*change))
    with pytest.raises(InputError, match=r"treehand\.yaml:\d+:\d+"):
        Deployment.load(DeploymentOverrides(config=tmp_path / "treehand.yaml"))


def test_a_policy_is_not_asked_for_what_it_cannot_act_on(tmp_path):
    """Another alternative serves it at once; without one the planner refuses."""
    options = ", items: [blue_block]"
    more = "otherwise: [{skill: world}]"
    where = place(tmp_path, "Gone", more, options, is_recorded=False)
    result, _, events = run(where, has_recovery=True)
    assert result.outcome is Outcome.SUCCESS
    assert codes(events) == []
    session = Session(place(tmp_path, "Gone", options=options, is_recorded=False))
    refused = session.plan(session.understand("pick up the red block"))
    assert not isinstance(refused, Plan)
    assert "pick takes blue_block, not red_block" in str(refused)


def test_a_type_stands_for_its_objects(tmp_path):
    result, _, _ = run(place(tmp_path, options=", items: [block]"))
    assert result.outcome is Outcome.SUCCESS


def test_an_item_that_nobody_knows_is_a_finding(tmp_path):
    with pytest.raises(InputError, match=r"unknown-object: 'red_blok' is neither"):
        place(tmp_path, options=", items: [red_blok]")


PLACES = TEXT.replace("pick:", "place_on:").replace("pick up the {{item}}", "{{item}} on {{place}}")
PLACES = PLACES.replace("holding(item)", "on(item, place)")


def test_a_policy_is_not_asked_to_put_things_where_it_cannot(tmp_path):
    """As with things: another alternative serves it at once; without one the planner refuses."""
    only = {"mine": MINE, "policy": "Gone", "options": ", places: [bin]"}
    goal, more = "put the red block on the tray", "    otherwise: [{skill: world}]\n"
    where = deployment(tmp_path, text=PLACES.format(**only, more=more), is_recorded=False)
    result, _, events = run(where, goal, has_recovery=True)
    assert result.outcome is Outcome.SUCCESS
    assert codes(events) == []
    text = PLACES.format(**only, more="")
    session = Session(deployment(tmp_path, text=text, is_recorded=False))
    refused = session.plan(session.understand(goal))
    assert not isinstance(refused, Plan)
    assert "place_on takes bin, not tray" in str(refused)
    assert isinstance(session.plan(session.understand("put the red block on the bin")), Plan)


def test_places_are_for_a_skill_with_a_second_argument(tmp_path):
    with pytest.raises(InputError, match=r"treehand\.yaml:\d+:\d+[^\n]*second argument of a skill"):
        place(tmp_path, options=", places: [bin]")
    options = {"mine": MINE, "policy": "Gone", "more": "", "options": ", places: [bim]"}
    with pytest.raises(InputError, match=r"unknown-object: 'bim' is neither"):
        deployment(tmp_path, text=PLACES.format(**options))


class _Stuck:
    """A robot that something holds: its commands do not move it."""

    def __init__(self, robot):
        self._robot = robot

    def __getattr__(self, name):
        return getattr(self._robot, name)

    spec = property(lambda self: self._robot.spec)

    def apply(self, action):
        self._robot.apply(action * [0.0, 0.0, 1.0])

    def apply_for(self, action, valid_s):
        self._robot.apply_for(action * [0.0, 0.0, 1.0], valid_s)


@pytest.mark.parametrize(
    ("guard", "wrap", "code", "said"),
    [
        ("force: {reads: gripper_force_n, most: 3}", None, "unsafe-force", "more than 3 N"),
        (
            "volume: {reads: gripper_m, low: [-0.02, -1], high: [0.02, 1]}",
            None,
            "out-of-reach",
            "outside its work volume of -0.02 to 0.02",
        ),
        ("path: {reads: gripper_m, most: 0.03}", _Stuck, "path-blocked", "off its path"),
    ],
)
def test_a_guard_ends_the_attempt_with_its_code(tmp_path, guard, wrap, code, said):
    result, robot, events = run(place(tmp_path, more=f"guards: {{{guard}}}", wrap=wrap))
    assert codes(events) == [code]
    assert said in result.message
    if wrap is None:
        assert robot.stops_s


def test_guards_that_are_kept_let_the_policy_go_on(tmp_path):
    guards = (
        "guards: {force: {reads: gripper_force_n, most: 39}, path: {reads: gripper_m, most: 0.03}, "
        "volume: {reads: gripper_m, low: [-2, -2], high: [2, 2]}}"
    )
    result, _, _ = run(place(tmp_path, more=guards))
    assert result.outcome is Outcome.SUCCESS


@pytest.mark.parametrize(
    ("guard", "said"),
    [
        ("force: {reads: wrist_n, most: 3}", "'guards: force' names 'wrist_n'"),
        ("volume: {low: [0, 0, 0], high: [1, 1, 1]}", "does not know its hand"),
        ("path: {reads: gripper_width_m, most: 1}", "wants 2 numbers"),
    ],
)
def test_a_guard_that_cannot_be_checked_keeps_the_robot_still(tmp_path, guard, said):
    result, robot, events = run(place(tmp_path, more=f"guards: {{{guard}}}"))
    assert codes(events) == ["policy-mismatch"]
    assert said in result.message
    assert robot.sent == []


def test_a_work_volume_that_is_inside_out_is_a_finding(tmp_path):
    with pytest.raises(InputError, match=r"wrong-policy: 'low' must be less"):
        place(tmp_path, more="guards: {volume: {low: [1, 0], high: [0, 1]}}")


def test_the_leaves_of_a_run_share_one_connection(tmp_path):
    where = place(tmp_path, "Counted", is_recorded=False)
    policy = where.policies["pick"].factory()
    policy.connects.clear()
    policy.told.clear()
    result, _, _ = run(where, "put the red block and the blue block on the tray")
    assert result.outcome is Outcome.SUCCESS
    assert len(policy.connects) == 1
    assert {"pick up the red block", "pick up the blue block"} <= {*policy.told}
