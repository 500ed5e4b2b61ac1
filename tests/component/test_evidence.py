"""Detectors of a deployment: rules, grips, questions to a model, scorers, and their calibration."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

import treehand as th
from tests.endpoint import answers, says, serving
from treehand.cli.app import app
from treehand.events import DetectorScored
from treehand.orchestrator.evidence.calibration import LabelledScore, calibrate
from treehand.orchestrator.sessions.pipeline import run_tree as run_tree_of
from treehand.skills.domain import parse_fact
from treehand.trees import parse_tree

DOMAIN = """\
domain: bench
types: {place: null, part: null}
predicates:
  lies_in:
    params: {part: part, place: place}
    say: "{part} lies in {place}"
    phrases: ["put {part} in {place}"]
  sorted_out: {params: {part: part}, say: "{part} is sorted out"}
exclusive:
  - ["lies_in(part, _)"]
skills:
  move:
    params: {part: part, source: place, target: place}
    preconditions: ["lies_in(part, source)"]
    effects: ["lies_in(part, target)"]
    duration: 5 s
    timeout: 30 s
    resources: [arm]
"""
SCENE = """\
scene: bench
domain: bench
objects:
  tray: {type: place}
  box: {type: place}
  bolt: {type: part}
  nut: {type: part}
facts: ["lies_in(bolt, tray)", "lies_in(nut, tray)"]
"""
WORLD = """\
import numpy as np
import treehand as th
from treehand.skills import Frames, Proprioception, StopStatus
from treehand.skills.domain import Fact, Percept

class Robot:
    READINGS = ("places",)
    def __init__(self, clock):
        self.clock, self.places = clock, {"bolt": "tray", "nut": "tray"}
    def proprioception(self):
        held = self.places["bolt"] == "box"
        width = 0.02 if held else 0.0
        return Proprioception(self.clock.now_s(), {"gripper_width_m": np.array([width])})
    def frames(self, cameras, size=(224, 224), *, depth=False):
        picture = np.zeros((*size, 3), np.uint8)
        return Frames({"front": self.clock.now_s()}, {"front": picture})
    def move(self, part, place):
        self.places[part] = place
    def stop(self):
        return StopStatus(acknowledged=True)

@th.skill("move")
def move(context, part, source, target):
    yield 5.0
    context.embodiment.move(part, target)

@th.world("bench", domain="bench.domain.yaml", scene="bench.scene.yaml", skills=[move],
          is_virtual=True)
class Bench:
    def __init__(self, context):
        self.embodiment, self.clock = Robot(context.clock), context.clock
    def perceive(self):
        now = self.clock.now_s()
        return [Percept(Fact("lies_in", pair), True, "camera", now)
                for pair in self.embodiment.places.items()]
    def next_event_s(self):
        return None
    def advance(self, to_s):
        pass

def score(context):
    return lambda fact: {True: 0.9, False: 0.2}.get(context.facts.value(fact))

def commanding(context):
    def of(fact):
        context.embodiment.move("bolt", "box")
    return of

def wild(context):
    return lambda fact: 3

def broken(context):
    return lambda fact: 1 / 0

def forgetful(context):
    lambda fact: 1

def direct(context, fact):
    return 1
"""
TREE = """\
tree: sort
root:
  sequence:
    - do: move(bolt, tray, box)
    - wait: 1 s
    - check: sorted_out(bolt)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in {
        "bench.domain.yaml": DOMAIN,
        "bench.scene.yaml": SCENE,
        "bench.py": WORLD,
        "sort.tree.yaml": TREE,
    }.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TREEHAND_HOME", str(tmp_path / "home"))
    return tmp_path


def write(folder, detectors, more=""):
    (folder / "treehand.yaml").write_text(f"world: bench.py:Bench\n{more}detectors:\n{detectors}")


def run_tree():
    """Return the outcome of the tree, and what detectors scored."""
    scored = []
    with th.open() as robot:
        robot.on(DetectorScored, scored.append)
        plan = robot.propose("put the bolt in the box")
        assert isinstance(plan, th.Plan), plan
        result = robot.run(robot.approve(plan, by="a test"))
        facts = robot.world.facts
        belief = facts.belief(parse_fact("sorted_out(bolt)"))
    return result, scored, belief


@pytest.mark.parametrize(
    "detector",
    [
        '{fact: sorted_out(part), rule: "lies_in(part, box)"}',
        "{fact: sorted_out(bolt), gripper: {least_width_m: 0.01}}",
    ],
    ids=["rule", "gripper"],
)
def test_a_detector_tells_a_fact_with_its_name_as_the_source(folder, detector):
    write(folder, f"  sorter: {detector}\n")
    result, scored, belief = run_tree()
    assert result.outcome is th.Outcome.SUCCESS
    assert (belief.value, belief.source) == (True, "detector sorter")
    mine = [one for one in scored if str(one.fact) == "sorted_out(bolt)"]
    assert [one.value for one in mine] == [False, True]


@pytest.mark.slow
def test_a_condition_of_a_tree_reads_what_a_detector_tells(folder):
    write(folder, '  sorter: {fact: sorted_out(part), rule: "lies_in(part, box)"}\n')
    done = CliRunner().invoke(app, ["run", "--tree", "sort.tree.yaml", "--yes", "--json"])
    assert json.loads(done.stdout)["outcome"] == "success", done.stdout
    write(folder, '  sorter: {fact: sorted_out(nut), rule: "lies_in(nut, box)"}\n')
    done = CliRunner().invoke(app, ["run", "--tree", "sort.tree.yaml", "--yes", "--json"])
    assert "'sorted_out(bolt)' is unknown" in json.loads(done.stdout)["failure"]["detail"]


def test_a_detector_cannot_command_and_its_line_is_told(folder):
    write(folder, "  bad: {fact: sorted_out(bolt), scorer: 'bench.py:commanding'}\n")
    told = r"detector 'bad' raised .*bench\.py:\d+ in of.*cannot command"
    with pytest.raises(th.TreehandError, match=told):
        th.open()


def test_a_scorer_that_takes_no_context_is_told_where_it_is_named(folder):
    write(folder, "  bad: {fact: sorted_out(bolt), scorer: 'bench.py:direct'}\n")
    with pytest.raises(th.InputError, match=r"treehand\.yaml:\d+:\d+: wrong-detector: .*direct"):
        th.open()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("wild", "is 3, which is no number from 0 to 1"),
        ("broken", "ZeroDivisionError"),
        ("forgetful", "in forgetful: ContractError: wrong-detector: it returned None"),
    ],
)
def test_a_scorer_that_gives_no_score_is_an_error_of_the_detector(folder, name, told):
    write(folder, f"  bad: {{fact: sorted_out(bolt), scorer: 'bench.py:{name}'}}\n")
    with pytest.raises(th.TreehandError, match=r"detector 'bad'") as error:
        th.open()
    assert told in str(error.value)
    assert re.search(r"bench\.py:\d+ in ", str(error.value))


LOOK = """\
tree: look
root:
  sequence:
    - wait: 3 s
    - do: move(bolt, tray, box)
    - wait: 3 s
"""


def test_a_decision_that_waits_does_not_contradict_what_another_source_sees(folder):
    write(folder, "  s: {fact: 'lies_in(part, place)', scorer: 'bench.py:score', hold: 1 s}\n")
    result, _, _ = run_tree()
    assert result.outcome is th.Outcome.SUCCESS
    assert result.leaves_run == 1


ASK = "  eye: {fact: sorted_out(bolt), ask: 'Is the {part} in the box?', every: 1 s}\n"


@pytest.mark.parametrize(
    ("act", "value"),
    [
        (says({"answer": "yes", "certainty": 0.9}), True),
        (says({"answer": "no", "certainty": 0.9}), False),
        (says({"answer": "unclear", "certainty": 0.9}), None),
        (says({"answer": "yes", "certainty": 7}), None),
        pytest.param(answers(500), None, marks=pytest.mark.slow),
    ],
    ids=["yes", "no", "unclear", "wrong", "down"],
)
def test_a_model_is_asked_about_a_picture_and_what_it_cannot_say_stays_unknown(
    folder, monkeypatch, act, value
):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    ask = ASK.replace("{part}", "bolt")  # the fact names it, so there is no variable
    with serving(*[act] * 12) as endpoint:
        more = f"llm: {{model: 'openai:vision', base_url: '{endpoint.url}'}}\n"
        write(folder, ask, more)
        with th.open() as robot:
            run_tree_of(robot, parse_tree(LOOK, file="look"), {}, by="a test")
            belief = robot.world.facts.belief(parse_fact("sorted_out(bolt)"))
        asked = endpoint.requests
    assert (belief.value if belief is not None else None) is value
    (text, picture) = asked[0]["messages"][-1]["content"]
    assert text["text"] == "Is the bolt in the box?"
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    ("detector", "told"),
    [
        ("{fact: sorted_out(part)}", "3:8: wrong-detector"),
        ("{fact: lost(part), rule: 'lies_in(part, box)'}", "3:15: unknown-predicate"),
        ("{fact: 'sorted_out(part, box)', rule: 'lies_in(part, box)'}", "wrong-arity"),
        ("{fact: sorted_out(prt), rule: 'lies_in(prt, box)'}", "did you mean 'part'"),
        ("{fact: sorted_out(part), rule: 'lies_in(part, bax)'}", "3:54: unknown-object"),
        ("{fact: sorted_out(part), gripper: {}, threshold: 0.9, hysteresis: 0.4}", "the band"),
        ("{fact: sorted_out(part), ask: 'Is {prt} there?'}", "unknown-slot"),
        ("{fact: sorted_out(part), ask: 'Is {part} there?'}", "asks a model, and there is none"),
        ("{fact: sorted_out(part), scorer: 'bench.py:skore'}", "did you mean 'score'"),
        ("{fact: sorted_out(part), gripper: {}, threshold: 2}", "threshold"),
    ],
)
def test_a_wrong_detector_is_a_finding_with_its_place(folder, detector, told):
    write(folder, f"  bad: {detector}\n")
    with pytest.raises(th.InputError) as error:
        th.open()
    assert re.search(r"treehand\.yaml:\d+:\d+: ", str(error.value)), error.value
    assert told in str(error.value)


@pytest.mark.slow
def test_calibrate_chooses_the_threshold_between_true_and_false(folder):
    write(folder, "  seer: {fact: 'lies_in(part, place)', scorer: 'bench.py:score'}\n")
    cli = CliRunner()
    for seed in range(3):
        done = cli.invoke(app, ["run", "put the bolt in the box", "--yes", "--seed", str(seed)])
        assert done.exit_code == 0, done.output
    again = cli.invoke(app, ["calibrate", "seer", "--json"])
    report = json.loads(again.stdout)
    assert report["trues"] + report["falses"] + report["unlabelled"] > 0
    shown = cli.invoke(app, ["calibrate", "siir"])
    assert "unknown-detector" in str(shown.exception)
    assert "seer" in str(shown.exception)


def scores(pairs):
    return [
        LabelledScore("0001", float(i), parse_fact("on(a, b)"), score, is_true, "truth")
        for i, (score, is_true) in enumerate(pairs)
    ]


def test_the_curve_and_the_chosen_point_are_those_of_the_scores():
    pairs = [(0.9, True), (0.8, True), (0.7, True), (0.6, True), (0.55, True)]
    pairs += [(0.1, False), (0.2, False), (0.3, False), (0.4, False), (0.5, False)]
    found = calibrate("d", scores(pairs), unlabelled=0, thresholds=[0.5])
    assert found.area == 1.0
    assert found.chosen is not None
    assert 0.5 < found.chosen.threshold <= 0.55
    few = calibrate("d", scores(pairs[3:]), unlabelled=1, thresholds=[0.5])
    assert few.chosen is None
    assert few.missing == {"true": 3}
    assert calibrate("d", [], unlabelled=3, thresholds=[]).missing == {"true": 5, "false": 5}
    assert found.missing == {}


def test_calibrate_says_before_how_many_facts_it_takes(folder):
    write(folder, "  seer: {fact: 'lies_in(part, place)', scorer: 'bench.py:score'}\n")
    cli = CliRunner()
    told = " ".join(cli.invoke(app, ["calibrate", "--help"], env={"COLUMNS": "200"}).output.split())
    assert "at least 5 true and 5 false facts" in told
    none = cli.invoke(app, ["calibrate", "seer"])
    assert "in which 5 true and 5 false facts come up" in str(none.exception)
    cli.invoke(app, ["run", "put the bolt in the box", "--yes"])
    shown = cli.invoke(app, ["calibrate", "seer"]).output
    assert shown.startswith("needed: 5 true and 5 false facts, each labelled")
    assert re.search(r"no threshold: \d more (true|false) .*make runs in which it is", shown)


def test_errors_that_grow_are_told_as_drift():
    good = [(0.9, True), (0.1, False)] * 20
    bad = [(0.2, True), (0.8, False)] * 20
    drifted = calibrate("d", scores([*good, *bad]), unlabelled=0, thresholds=[0.5]).drift
    assert drifted is not None
    assert drifted.is_found
    steady = calibrate("d", scores([*good, *good]), unlabelled=0, thresholds=[0.5]).drift
    assert steady is not None
    assert not steady.is_found
