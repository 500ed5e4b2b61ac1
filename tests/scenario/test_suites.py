"""Around scenario files: the plug-in, reports, statistics, campaigns, minimising, conformance."""

import json
import math
import re
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.calling import Called, called
from treehand import scenario
from treehand.authoring.skill_check import check_call
from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.scenarios import load_variants
from treehand.scenarios.campaigns.campaign import CampaignReport, plan_campaign
from treehand.scenarios.campaigns.minimise import minimise
from treehand.scenarios.engines.runners import InProcessRunner
from treehand.scenarios.reports.html import Page, campaign_page, page
from treehand.scenarios.reports.story import story_of
from treehand.scenarios.suites.selection import selected
from treehand.scenarios.suites.statistics import Rate, Sprt, compare
from treehand.scenarios.suites.suite import suite_of
from treehand.scenarios.suites.verdicts import reaches
from treehand.skills import FailureCode, HaltStep, SkillStep
from treehand.skills.domain import SkillModel, parse_call, parse_formula
from treehand.skills.testing import Bench, check_skill
from treehand.worlds import WorldContext

ROOT = Path(__file__).parents[2]
FAILING = """\
scenario: it must not slip
goal: put the red mug in the dishwasher, then wipe the table
faults:
  - {at: pick(red_mug), inject: grasp-dropped}
  - {at: pick(sponge), inject: grasp-missed}
  - {after: 64 s, inject: "move(can, table)"}
expect: {outcome: success, failures: {grasp-missed: 0}}
"""


@pytest.fixture
def failing(tmp_path):
    path = tmp_path / "failing.scenario.yaml"
    path.write_text(FAILING)
    return path


def pytest_in(folder, *arguments):
    without = [f"-pno:{name}" for name in ("randomly", "cacheprovider", "langsmith_plugin")]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *without, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_pytest_collects_runs_and_tells(tmp_path, failing):
    (tmp_path / "good.scenario.yaml").write_text(
        "scenario: g\ngoal: put the ${item} in the sink\nvary: {item: [apple, can]}\n"
        "tags: [easy]\nexpect: {outcome: success}\n"
    )
    (tmp_path / "bad.scenario.yaml").write_text("scenario: b\ngoal: c\nexpekt: {}\n")
    (tmp_path / "known.scenario.yaml").write_text(
        "scenario: k\ngoal: put the apple in the sink\nxfail: not yet\nexpect: {replans: 9}\n"
    )
    done = pytest_in(tmp_path, "-q", "--junitxml=out.xml", "--continue-on-collection-errors")
    assert done.returncode == 1
    assert "2 passed, 1 xfailed, 1 error" in done.stdout.replace("1 failed, ", "")
    assert "bad.scenario.yaml:3:1: unknown-key: unknown key 'expekt'" in done.stdout
    assert "not as expected: grasp-missed came 1 times, not 0" in done.stdout
    assert "again: treehand test" in done.stdout
    junit = (tmp_path / "out.xml").read_text()
    assert 'name="item=apple"' in junit
    assert '<property name="outcome" value="success"' in junit
    chosen = pytest_in(tmp_path, "--collect-only", "-q", "-m", "easy", "good.scenario.yaml")
    assert "good.scenario.yaml::item=can" in chosen.stdout


@pytest.mark.slow
def test_pytests_summary_says_what_failed_and_passes_over_minimised_files(tmp_path):
    path = tmp_path / "bad.scenario.yaml"
    path.write_text(APPLE + 'expect: {facts: ["on(apple, table)"]}\n')
    [variant] = load_variants(path)
    minimise(variant, scenario.run(path)[0])
    done = pytest_in(tmp_path, "-q")
    [line] = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert "'on(apple, table)' does not hold in the end" in line
    assert "1 failed in" in done.stdout


def test_a_broken_file_is_told_in_line_order_and_without_goal_or_seed(tmp_path):
    path = tmp_path / "broken.scenario.yaml"
    path.write_text("scenario: b\ngoals: g\nseed: x\nexpect: {}\ntags: 3\n")
    [verdict] = suite_of([path]).broken
    story = story_of(verdict.representative)
    lines = [int(found) for found in re.findall(r"broken\.scenario\.yaml:(\d+):\d+: ", story)]
    assert lines == sorted(lines)
    assert len(lines) > 2
    assert "goal:" not in story
    assert "seed: 0" not in story
    assert story.endswith(f"treehand check {path}")


def test_a_story_says_what_happened_and_how_to_see_it_again(failing):
    [report] = scenario.run(failing)
    story = story_of(report)
    assert story.startswith(f"{failing}:1: it must not slip")
    for part in ("goal: put the red mug", "grasp-missed ×1", "retries", "injected", "--seed 0"):
        assert part in story


def test_scenarios_from_python(tmp_path):
    apple = {"scenario": "x", "goal": "put the apple in the fridge", "expect": {"replans": 0}}
    scenario.require(apple)
    with pytest.raises(AssertionError, match="0 replans, not 4"):
        scenario.require({**apple, "expect": {"replans": 4}})
    with pytest.raises(InputError):
        scenario.run({"scenario": "x"})
    with pytest.raises(InputError, match="unknown-fault"):
        scenario.run({**apple, "faults": [{"at": "pick(apple)", "inject": "quake"}]})


@pytest.mark.slow
def test_a_failing_scenario_is_shrunk(failing):
    [variant] = load_variants(failing)
    [report] = scenario.run(failing)
    result = minimise(variant, report)
    [smaller] = load_variants(result.files[0])
    [again] = scenario.run(result.files[0])
    assert again.problems == ("grasp-missed came 1 times, not 0",)
    assert [fault.inject for fault in smaller.scenario.faults] == ["grasp-missed"]
    assert "wiped(table)" in smaller.scenario.goal
    assert "red_mug" not in result.files[1].read_text()
    assert {file.parent for file in result.files} == {failing.parent / ".minimised"}
    suite = suite_of([failing.parent])
    assert [found.path for found in suite.variants] == [failing]


@pytest.mark.slow
def test_a_failing_tree_is_shrunk(tmp_path):
    (tmp_path / "t.tree.yaml").write_text(
        "tree: t\nroot:\n  sequence:\n    - {do: open(drawer)}\n    - {do: open(fridge)}\n"
        "    - {do: pick(apple)}\n"
    )
    path = tmp_path / "t.scenario.yaml"
    path.write_text("scenario: t\ntree: t.tree.yaml\nexpect: {never: [is_open(fridge)]}\n")
    [variant] = load_variants(path)
    result = minimise(variant, scenario.run(path)[0])
    [tree] = [file for file in result.files if file.name.endswith(".tree.yaml")]
    assert [line.strip() for line in tree.read_text().splitlines() if "do:" in line] == [
        "- do: open(fridge)"
    ]


def test_the_first_run_of_a_campaign_is_made_by_its_runner_too(tmp_path):
    """A process that has drawn a world must not be the parent of others that draw."""
    path = tmp_path / "c.scenario.yaml"
    path.write_text("scenario: c\ngoal: put the apple in the fridge\nexpect: {outcome: success}\n")
    [variant] = load_variants(path)
    told = []

    class Told(InProcessRunner):
        def run(self, jobs, progress):
            told.extend(jobs := list(jobs))
            return super().run(jobs, progress)

    campaign = plan_campaign(variant, Told())
    assert [case.variant for case in told] == [variant]
    assert campaign.nominal.has_passed


@pytest.mark.slow
def test_a_campaign_injects_every_declared_failure_of_every_step(tmp_path):
    path = tmp_path / "c.scenario.yaml"
    path.write_text("scenario: c\ngoal: put the apple in the fridge\nexpect: {outcome: success}\n")
    [variant] = load_variants(path)
    campaign = plan_campaign(variant)
    deployment = Deployment.load()
    skills, objects = deployment.domain.skills, deployment.scene.objects
    steps = (("open", "fridge"), ("pick", "apple"), ("put_in", "apple", "fridge"))
    declared = sum(len(skills[name].failures_of(things, objects)) for name, *things in steps)
    assert declared == 11  # an apple does not break
    assert len(campaign.failures) == 3 * declared
    runs = list(campaign.run(InProcessRunner(), pairs=3))
    assert len(runs) == 3 * declared + 3
    assert all(run.has_triggered for run in runs)
    assert all(run.has_recovered for run in runs), [run.explanation for run in runs]


def campaign_of(path, text):
    path.write_text(text)
    [variant] = load_variants(path)
    campaign = plan_campaign(variant)
    return CampaignReport(
        scenario="c",
        nominal=campaign.nominal,
        runs=tuple(campaign.run(InProcessRunner())),
        planned=len(campaign.failures),
    )


@pytest.mark.slow
def test_a_campaign_aims_at_the_attempt_after_the_scenarios_own_fault(tmp_path):
    report = campaign_of(
        tmp_path / "c.scenario.yaml",
        "scenario: c\ngoal: open the fridge\nexpect: {outcome: success}\n"
        "faults: [{at: open(fridge), inject: door-jammed}]\n",
    )
    assert {failure.attempt for run in report.runs for failure in run.injected} == {2}
    assert report.coverage == 1.0
    assert report.untriggered() == {}


def test_a_campaign_says_why_a_failure_could_not_strike(tmp_path):
    report = campaign_of(
        tmp_path / "c.scenario.yaml",
        "scenario: c\ngoal: open the fridge\nrecovery: false\nexpect: {outcome: failure}\n"
        "faults: [{at: open(fridge), inject: fail(path-blocked)}]\n",
    )
    [(reason, runs)] = report.untriggered().items()
    assert reason.startswith("no attempt at open(fridge) succeeds")
    assert {"during", "after"} <= {run.injected[0].phase for run in runs}
    assert report.coverage < 1


def test_a_campaigns_page_links_each_cell_to_its_run_and_has_no_empty_table(tmp_path):
    report = campaign_of(
        tmp_path / "c.scenario.yaml",
        "scenario: c\ngoal: open the fridge\nexpect: {outcome: success}\n",
    )
    html = campaign_page(report)
    assert "<h2>Scenarios</h2>" not in html
    links = re.findall(r'href="#(r\d+)"', html)
    assert len(links) == report.planned
    assert set(links) == set(re.findall(r'<details id="(r\d+)"', html))
    assert "treehand campaign" in html


def test_a_campaign_wants_a_scenario_that_passes(failing):
    [variant] = load_variants(failing)
    with pytest.raises(InputError, match="failing-scenario"):
        plan_campaign(variant)


def run_treehand(folder, *arguments, code=0):
    """Call the command line, in a process of its own where it has workers."""
    if "-n" not in arguments:
        done = called(*arguments, folder=folder)
    else:
        command = [sys.executable, "-m", "treehand", *map(str, arguments)]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        done = Called(ran.returncode, ran.stdout, ran.stderr)
    assert done.code == code, f"{done.code}\n{done.out}\n{done.err}"
    return done


@pytest.mark.slow
def test_the_commands(tmp_path, failing):
    good = ROOT / "scenarios" / "dropped_mug.scenario.yaml"
    done = run_treehand(tmp_path, "test", good, failing, "--html", "r.html", "-n", 2, code=1)
    assert "1 passed, 1 failed in 2 runs" in done.out
    html = (tmp_path / "r.html").read_text()
    assert "it must not slip" in html
    assert html.count('<svg class="tt"') == 2, "each run has its tree"
    links = html.replace("http-equiv", "").replace("http://www.w3.org/", "")
    assert "http" not in links, "it opens without a network"
    data = json.loads(run_treehand(tmp_path, "test", good, "--json").out)
    assert data["scenarios"][0]["status"] == "passed"
    assert data["summary"].startswith("1 passed in 1 run, ")
    done = run_treehand(tmp_path, "test", failing, "--minimise", code=1)
    assert "written to" in done.out
    run_treehand(tmp_path, "test", tmp_path / ".minimised" / "failing_min.scenario.yaml", code=1)
    run_treehand(tmp_path, "test", "nowhere", code=2)
    run_treehand(tmp_path, "campaign", failing, code=2)
    (tmp_path / "a.scenario.yaml").write_text(
        "scenario: a\ngoal: put the apple in the fridge\nexpect: {outcome: success}\n"
    )
    done = run_treehand(tmp_path, "campaign", "a.scenario.yaml", "--html", "c.html", "-n", 2)
    assert "failure coverage: 100.0%" in done.out
    assert "pick(apple)" in (tmp_path / "c.html").read_text()
    (tmp_path / "b.scenario.yaml").write_text(
        "extends: a.scenario.yaml\nrecovery: false\nscenario: b\n"
    )
    done = run_treehand(
        tmp_path, "compare", "a.scenario.yaml", "b.scenario.yaml", "--runs", 12, "--json"
    )
    result = json.loads(done.out)
    assert result["both"] + result["only_a"] + result["only_b"] + result["neither"] == 12


@pytest.mark.slow
def test_check_skill_on_the_command_line(tmp_path):
    assert run_treehand(tmp_path, "check-skill", "pick(red_mug)").out.count("✔") == 14
    run_treehand(tmp_path, "check-skill", "pick(table)", code=2)
    run_treehand(tmp_path, "check-skill", "juggle(apple)", code=2)
    run_treehand(tmp_path, "check-skill", "pick(", code=2)


def test_a_page_without_scenarios_is_one():
    assert "nothing" in page(Page("t", "nothing", []))


@pytest.mark.parametrize(
    "call", ["pick(red_mug)", "put_in(apple, fridge)", "open(fridge)", "look_for(red_mug)"]
)
def test_the_kitchens_skills_keep_their_contract(deployment, call):
    checks = check_call(deployment, parse_call(call), seeds=2)
    assert [check for check in checks if check.problem] == []


class Odd:
    """A skill that does one thing wrong."""

    def __init__(self, bench, fault):
        self.bench, self.fault, self.steps = bench, fault, 0
        self.is_started = self.is_halted = False

    def start(self):
        self.is_started = True

    def step(self):
        if not self.is_started and self.fault != "starts by itself":
            raise RuntimeError("not started")
        self.steps += 1
        if self.is_halted and self.fault != "succeeds after a halt":
            raise RuntimeError("halted")
        if self.fault == "never ends" or (self.steps == 1 and not self.is_halted):
            return SkillStep.running(self.bench["clock"].now_s() + 1.0)
        if self.fault == "undeclared code":
            return SkillStep.failure(FailureCode.DOOR_JAMMED)
        if self.fault == "raises":
            raise ZeroDivisionError("oops")
        if self.fault == "lies":
            self.bench["holds"] = False
        if self.fault == "differs":
            Odd.runs = getattr(Odd, "runs", 0) + 1
            return SkillStep.failure(FailureCode.TIMEOUT, str(Odd.runs))
        return SkillStep.success()

    def halt(self):
        self.is_halted = True
        return HaltStep.RUNNING if self.fault == "does not halt" else HaltStep.DONE


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("none", ()),
        ("starts by itself", ("a step before the start raises",)),
        ("succeeds after a halt", ("what was halted does not succeed",)),
        ("never ends", ("it ends in time",)),
        ("undeclared code", ("it says why it failed",)),
        ("raises", ("it says why it failed",)),
        ("lies", ("it proves its effects",)),
        ("differs", ("the same seed gives the same steps", "it proves its effects")),
        (
            "does not halt",
            (
                "it can be halted before it starts",
                "it can be halted twice, under way",
                "what was halted does not succeed",
            ),
        ),
    ],
)
def test_what_breaks_the_contract_is_named(deployment, facts, fault, said):
    model = SkillModel(params={}, effects=(parse_formula("hand_empty()"),), timeout=60.0)

    class Robot:
        def proprioception(self):
            opening = WorldContext(deployment.domain, deployment.scene, _random(), clock)
            return deployment.kind.open(opening).embodiment.proprioception()

    clock = VirtualClock()

    def open_bench(seed):
        state = {"clock": VirtualClock(), "holds": True}

        class Truth:
            def value(self, fact):
                return state["holds"]

        return Bench(
            call=parse_call("odd()"),
            model=model,
            make=lambda: Odd(state, fault),
            clock=state["clock"],
            let_pass=lambda: None,
            embodiment=Robot(),
            truth=Truth,
        )

    checks = check_skill(open_bench, seeds=2)
    assert tuple(check.name for check in checks if check.problem) == said


def _random():
    from treehand.core.keyed_random import KeyedRandom

    return KeyedRandom(0)


def test_a_rate_has_wilsons_interval():
    rate = Rate.of(9, 10)
    assert (round(rate.low, 3), round(rate.high, 3)) == (0.596, 0.982)
    assert "not a fixed-n interval" in str(Rate.of(9, 10, is_sequential=True))


@pytest.mark.parametrize(("rate", "wanted"), [(0.95, "accept"), (0.6, "reject")])
def test_a_sequential_test_decides_early_and_rarely_wrongly(rate, wanted):
    import random

    wrong = 0
    for seed in range(300):
        random_, test = random.Random(seed), Sprt(0.9, 0.15)
        decisions = (test.take(random_.random() < rate) for _ in range(1000))
        wrong += next(filter(None, decisions)) != wanted
    assert wrong <= 0.08 * 300


def test_a_sequential_scenario_stops_early_and_says_so(tmp_path):
    path = tmp_path / "s.scenario.yaml"
    path.write_text(
        "scenario: s\ngoal: put the apple in the fridge\nruns: 200\npass_rate: 0.9\n"
        "sequential: 0.3\nexpect: {outcome: success}\n"
    )
    [verdict] = suite_of([path]).run(InProcessRunner())
    assert verdict.status == "passed"
    assert len(verdict.reports) < 40
    assert verdict.rate.is_sequential


def test_pairs_are_compared_as_pairs():
    a = [(True, 10.0)] * 18 + [(False, 0.0)] * 2
    b = [(True, 12.0)] * 6 + [(False, 0.0)] * 14
    result = compare(a, b)
    assert (result.both, result.only_a, result.only_b, result.neither) == (6, 12, 0, 2)
    assert result.p_value == pytest.approx(2 * 0.5**12)
    assert "A passes more often" in result.words()
    assert result.time_difference_s == 2.0
    same = compare(a, a)
    assert same.p_value == 1.0
    assert same.words() == "no seed tells them apart"
    assert math.isnan(compare([(False, 0.0)], [(False, 0.0)]).time_difference_s)
    with pytest.raises(ValueError, match="nothing"):
        compare([], [])


def run_text(tmp_path, text):
    path = tmp_path / "x.scenario.yaml"
    path.write_text(text)
    return scenario.run(path)


APPLE = "scenario: s\ngoal: put the apple in the fridge\n"


@pytest.mark.parametrize(
    "faults",
    [
        "  - {at: pick(_), inject: fail(policy-stale), phase: after}\n"
        "  - {at: pick(apple), inject: fail(timeout)}\n",
        "  - {at: pick(apple), inject: grasp-dropped}\n"
        "  - {at: pick(apple), inject: fail(policy-stale), phase: after}\n",
    ],
)
def test_of_two_faults_at_one_step_the_one_that_never_strikes_is_said(tmp_path, faults):
    [report] = run_text(tmp_path, f"{APPLE}faults:\n{faults}expect: {{outcome: success}}\n")
    assert [p for p in report.problems if "never triggered" in p]


@pytest.mark.slow
def test_a_tree_with_trees_beside_it_is_shrunk(tmp_path):
    folder = tmp_path / "trees"
    folder.mkdir()
    (folder / "get.tree.yaml").write_text(
        "tree: get\nparams: {item: movable}\nroot: {do: pick(item)}\n"
    )
    (folder / "outer.tree.yaml").write_text(
        "tree: outer\nroot:\n  sequence:\n    - {do: open(drawer)}\n    - {subtree: get(apple)}\n"
    )
    path = tmp_path / "t.scenario.yaml"
    path.write_text("scenario: t\ntree: trees/outer.tree.yaml\nexpect: {never: [holding(apple)]}\n")
    [variant] = load_variants(path)
    result = minimise(variant, scenario.run(path)[0])
    assert scenario.run(result.files[0])[0].problems
    assert sorted(file.name for file in folder.iterdir()) == ["get.tree.yaml", "outer.tree.yaml"]
    assert (tmp_path / ".minimised" / "get.tree.yaml").exists()


@pytest.mark.slow
def test_a_run_of_a_campaign_can_be_repeated(tmp_path):
    path = tmp_path / "c.scenario.yaml"
    path.write_text(APPLE + "recovery: false\nexpect: {outcome: success}\n")
    done = run_treehand(tmp_path, "campaign", path, "-n", 2, code=1)
    [first, *_] = [line for line in done.out.splitlines() if "--only" in line]
    arguments = shlex.split(first)[1:]
    again = run_treehand(tmp_path, *arguments, code=1)
    assert "not as expected: outcome is failure" in again.out
    run_treehand(tmp_path, "campaign", path, "--only", "x during y()", code=2)


@pytest.mark.slow
def test_pytests_options_mean_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("TREEHAND_HOME", str(tmp_path / "home"))
    for name, outcome in (("a_bad", "failure"), ("b_good", "success"), ("c_bad", "failure")):
        goal = "open the fridge"
        (tmp_path / f"{name}.scenario.yaml").write_text(
            f"scenario: {name}\ngoal: {goal}\nexpect: {{outcome: {outcome}}}\n"
        )

    def names(*arguments, code):
        done = run_treehand(tmp_path, "test", ".", "--json", *arguments, code=code)
        return [one["scenario"] for one in json.loads(done.out)["scenarios"]]

    assert names(code=1) == ["a_bad", "b_good", "c_bad"]
    assert names("-x", code=1) == ["a_bad"]
    assert names("-k", "bad and not C_", code=1) == ["a_bad"]
    (tmp_path / "c_bad.scenario.yaml").write_text(
        "scenario: c_bad\ngoal: open the fridge\nexpect: {}\n"
    )
    assert names("--lf", code=1) == ["a_bad", "c_bad"]
    assert names("--lf", code=1) == ["a_bad"]
    run_treehand(tmp_path, "test", ".", "-k", "and", code=2)
    done = run_treehand(tmp_path, "test", ".", "--durations", 2, "--junitxml", "o.xml", code=1)
    assert len(re.findall(r"^ +[0-9.]+ s  \w+\.scenario\.yaml$", done.out, re.MULTILINE)) == 2
    suite = ElementTree.parse(tmp_path / "o.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    [failure] = suite.iter("failure")
    assert "outcome is success, not failure" in failure.get("message")


@pytest.mark.parametrize("expression", ["and a", "a b", "(a", "a)", "not", "a or"])
def test_a_malformed_expression_is_refused(tmp_path, expression):
    (tmp_path / "a.scenario.yaml").write_text(APPLE + "expect: {}\n")
    variants = load_variants(tmp_path / "a.scenario.yaml")
    with pytest.raises(InputError, match="wrong-argument"):
        selected(variants, expression)
    assert selected(variants, "not (b or c.scenario) and A") == variants


def test_a_rate_that_is_met_exactly_is_met():
    assert reaches(7, 25, 0.28)
    assert not reaches(6, 25, 0.28)


def test_a_skill_that_leaves_the_process_fails_its_own_case(tmp_path):
    (tmp_path / "faulty.py").write_text(
        "import sys\nfrom treehand.skills import skill\n\n"
        "@skill('pick')\ndef pick(context, item):\n    yield 0.1\n    sys.exit(3)\n"
    )
    (tmp_path / "treehand.yaml").write_text("bindings: {pick: 'faulty.py:pick'}\n")
    [report] = run_text(tmp_path, APPLE + "config: treehand.yaml\nexpect: {}\n")
    assert not report.error
    assert report.result.outcome == "error"
    assert "faulty.py:7 in pick: SystemExit: 3" in report.result.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("tags: [skip]\nexpect: {}\n", "wrong-value"),
        ("vary: {a: [x, x]}\nexpect: {}\n", "wrong-value"),
        ("seeds: [3, 3]\nexpect: {}\n", "wrong-value"),
        ("seeds: 0..3000000000\nexpect: {}\n", "wrong-value"),
        (
            "faults: [{when: holding(apple), inject: close(fridge), attempt: 7}]\nexpect: {}\n",
            "wrong-fault",
        ),
        (
            'vary: {i: [apple]}\nexpect: {attempts: {"pick(${i})": 1, pick(apple): 5}}\n',
            "duplicate",
        ),
        (
            "vary: {" + ", ".join(f"n{i}: [1, 2, 3, 4]" for i in range(12)) + "}\nexpect: {}\n",
            "wrong",
        ),
    ],
)
def test_what_would_mean_nothing_is_refused(tmp_path, text, code):
    with pytest.raises(InputError, match=code):
        run_text(tmp_path, APPLE + text)


def test_a_slot_that_stands_for_nothing_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"plce.*stands for nothing"):
        run_text(tmp_path, "scenario: s\ngoal: open the ${plce}\nexpect: {}\n")


@pytest.mark.slow
def test_a_tag_that_no_scenario_has_is_bad_input(tmp_path):
    (tmp_path / "a.scenario.yaml").write_text(APPLE + "tags: [doors]\nexpect: {}\n")
    run_treehand(tmp_path, "test", "a.scenario.yaml", "--tag", "dors", code=2)
    run_treehand(tmp_path, "test", "a.scenario.yaml", "--html", "nowhere/x.html", code=2)


@pytest.mark.slow
def test_a_scenario_with_the_wrong_ending_is_an_error(tmp_path):
    (tmp_path / "a.scenario.yaml").write_text(APPLE + "expect: {}\n")
    (tmp_path / "b.scenario.yml").write_text(APPLE + "expect: {outcome: failure}\n")
    done = run_treehand(tmp_path, "test", ".", code=2)
    assert "rename it to b.scenario.yaml" in done.out
    done = pytest_in(tmp_path, "-q")
    assert done.returncode == 2
    assert "rename it to b.scenario.yaml" in done.stdout


@pytest.mark.slow
def test_one_failure_of_a_campaign_is_one_object(tmp_path):
    (tmp_path / "a.scenario.yaml").write_text(
        "scenario: a\ngoal: put the apple in the fridge\nexpect: {outcome: success}\n"
    )
    failure = "grasp-missed during pick(apple)"
    done = run_treehand(tmp_path, "campaign", "a.scenario.yaml", "--only", failure, "--json")
    assert json.loads(done.out)["state"] == "recovered"
