"""Scenario files: what they can say, how they are judged, and what is refused."""

from pathlib import Path

import pytest

from tests.samples import sample
from treehand.core.errors import InputError
from treehand.core.literals import Call
from treehand.scenarios import Deployments, cases_of, load_variants, run_case, variant_findings
from treehand.scenarios.engines.pool_runner import PoolRunner
from treehand.scenarios.engines.runners import InProcessRunner
from treehand.scenarios.suites.suite import suite_of

ROOT = Path(__file__).parents[2]
APPLE = "scenario: s\ngoal: put the apple in the fridge\n"


@pytest.fixture
def scenario(tmp_path):
    """Write a scenario and return its variants."""

    def write(text, name="s"):
        path = tmp_path / f"{name}.scenario.yaml"
        path.write_text(text)
        return load_variants(path)

    return write


def run(variants):
    [case] = cases_of(variants)
    return run_case(case)


def test_what_is_not_as_expected_is_named(scenario):
    report = run(
        scenario(
            APPLE
            + """\
faults: [{at: pick(milk), inject: grasp-missed}]
expect:
  outcome: failure
  facts: ["on(apple, table)"]
  never: [holding(apple)]
  order: [pick(apple), open(fridge)]
  attempts: {pick(apple): 7, pick(_): 9}
  failures: {timeout: ">= 1"}
  retries: 5
  replans: 3
  questions: 1
  within: 1 s
  says: hello
  sound_stop: true
"""
        )
    )
    assert len(report.problems) == 14
    assert "never triggered" in report.problems[0]


def test_all_that_can_be_expected_may_be_so(scenario):
    report = run(
        scenario(
            APPLE
            + """\
faults:
  - {at: pick(_), attempt: 1, inject: grasp-dropped}
  - {node: "**/open(fridge)", inject: jam(fridge)}
  - {when: holding(apple), inject: close(fridge)}
  - {after: 1 s, inject: "move(can, table)"}
  - {at: "put_in(_, _)", inject: fail(timeout), phase: during}
expect:
  outcome: success
  facts: ["in(apple, fridge)", "on(can, table)"]
  never: [broken(glass)]
  order: [open(fridge), pick(_), "put_in(apple, _)"]
  attempts: {pick(apple): ">= 2", open(fridge): 3}
  failures: {grasp-dropped: 1, timeout: "<= 1"}
  questions: 0
  within: 10 min
  says: reached
"""
        )
    )
    assert report.problems == ()
    assert report.error == ""
    assert any("injected" in line for line in report.timeline)


@pytest.mark.parametrize("phase", ["before", "during", "after"])
def test_a_skill_fails_before_during_or_after_its_work(scenario, phase):
    report = run(
        scenario(
            APPLE
            + f"faults: [{{at: open(fridge), inject: fail(door-jammed), phase: {phase}}}]\n"
            + "expect: {outcome: success, failures: {door-jammed: 1}}\n"
        )
    )
    assert report.problems == ()
    assert report.calls.count(Call("open", ("fridge",))) == (1 if phase == "after" else 2)


def test_a_skill_that_hangs_is_timed_out(scenario):
    report = run(
        scenario(
            APPLE
            + "faults: [{at: open(fridge), inject: hang}]\n"
            + "expect: {outcome: success, failures: {timeout: 1}}\n"
        )
    )
    assert report.problems == ()


def test_start_facts_stand_in_for_the_scenes(scenario):
    report = run(
        scenario(
            "scenario: s\ngoal: put the apple in the sink\n"
            'start: ["in(apple, sink)"]\nexpect: {outcome: already-true}\n'
        )
    )
    assert report.problems == ()


def test_values_vary_and_every_combination_is_a_scenario(scenario):
    text = """\
scenario: ${item} to the ${place}
goal: put the ${item} in the ${place}
vary: {item: [milk, cheese], place: [fridge, sink]}
expect: {outcome: success, attempts: {"pick(${item})": 1}}
"""
    variants = scenario(text)
    assert [variant.name for variant in variants] == [
        "item=milk,place=fridge",
        "item=milk,place=sink",
        "item=cheese,place=fridge",
        "item=cheese,place=sink",
    ]
    assert all(run_case(case).has_passed for case in cases_of(variants))


def test_a_file_extends_another(scenario, tmp_path):
    scenario(APPLE + "seed: 3\nexpect: {outcome: success, within: 1 s}\n", "base")
    [variant] = scenario(
        "scenario: child\nextends: base.scenario.yaml\nexpect: {within: 60 s}\n", "child"
    )
    assert variant.scenario.seed == 3
    assert variant.scenario.scenario == "child"
    assert run([variant]).problems == ()
    (tmp_path / "loop.scenario.yaml").write_text("scenario: l\nextends: loop.scenario.yaml\n")
    with pytest.raises(InputError, match="cyclic-extends"):
        load_variants(tmp_path / "loop.scenario.yaml")


def test_a_tree_file_may_be_run_instead_of_a_goal(scenario, tmp_path):
    (tmp_path / "go.tree.yaml").write_text("tree: go\nparams: {p: worktop}\nroot: {do: go_to(p)}\n")
    text = "scenario: s\ntree: go.tree.yaml\nwith: {p: table}\nexpect: {facts: [at(table)]}\n"
    assert run(scenario(text)).problems == ()


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("scenario: x\ngoal: y\nexpect: {outcom: success}\n", "unknown-key", 3),
        ("scenario: x\ngoal: y\nexpect: {outcome: sucess}\n", "wrong-value", 3),
        ("scenario: x\ngoal: y\n", "missing-key", 1),
        ("scenario: x\nexpect: {}\n", "no-goal", 1),
        ("scenario: x\ngoal: y\nruns: 0\nexpect: {}\n", "wrong-value", 3),
        ("scenario: x\ngoal: y\npass_rate: 0.9\nexpect: {}\n", "wrong-value", 1),
        ("scenario: x\ngoal: y\nseeds: 9..3\nexpect: {}\n", "wrong-value", 3),
        ("scenario: x\ngoal: y\nexpect: {replans: many}\n", "wrong-value", 3),
        ("scenario: x\ngoal: y\nfaults: [{at: pick, inject: z}]\nexpect: {}\n", "wrong-syntax", 3),
        ("scenario: x\ngoal: y\nfaults: [{inject: z}]\nexpect: {}\n", "wrong-fault", 3),
        ("scenario: x\ngoal: y\nvary: {a: []}\nexpect: {}\n", "wrong-value", 3),
    ],
)
def test_a_file_of_the_wrong_form_is_refused(scenario, text, code, line):
    with pytest.raises(InputError) as caught:
        scenario(text)
    finding = caught.value.findings[0]
    assert (finding.code, finding.span.line) == (code, line)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("world: kitchn\nexpect: {}\n", "unknown-world", 3),
        ("faults: [{at: pik(apple), inject: slow}]\nexpect: {}\n", "unknown-skill", 3),
        ("faults: [{at: pick(aple), inject: slow}]\nexpect: {}\n", "unknown-object", 3),
        ("faults: [{at: pick(apple), inject: quake}]\nexpect: {}\n", "unknown-fault", 3),
        ("faults: [{at: pick(apple), inject: fail(oops)}]\nexpect: {}\n", "wrong-fault", 3),
        ("faults: [{after: 3 s, inject: hang}]\nexpect: {}\n", "wrong-fault", 3),
        ("expect:\n  facts: [inn(apple)]\n", "unknown-predicate", 4),
        ("expect:\n  never: [holding(aple)]\n", "unknown-object", 4),
        ("expect:\n  order: [pick(aple)]\n", "unknown-object", 4),
        ("expect:\n  attempts: {pick(): 1}\n", "wrong-arity", 4),
        ("expect:\n  facts: [holding(apple), holding(can)]\n", "contradiction", 4),
        ("expect:\n  facts: [holding(apple)]\n  never: [holding(apple)]\n", "contradiction", 5),
        ("start: [holding(aple)]\nexpect: {}\n", "unknown-object", 3),
    ],
)
def test_names_and_contradictions_are_found_before_it_runs(scenario, text, code, line):
    findings = variant_findings(scenario(APPLE + text), Deployments())
    assert [(f.code, f.span.line) for f in findings][:1] == [(code, line)]


@pytest.mark.slow
def test_runs_are_judged_together_by_their_rate(tmp_path):
    text = APPLE + "runs: 20\npass_rate: 0.{}\nexpect: {{retries: 0}}\n"
    (tmp_path / "a.scenario.yaml").write_text(text.format("5"))
    (tmp_path / "b.scenario.yaml").write_text(text.format("999"))
    low, high = suite_of([tmp_path]).run(InProcessRunner())
    assert low.rate.n == 20
    assert low.rate.low < low.rate.passed / 20 < low.rate.high
    assert (low.status, high.status) == ("passed", "failed")
    assert "wanted 100%" in high.why


def test_a_known_failure_is_strict(tmp_path):
    (tmp_path / "a.scenario.yaml").write_text(APPLE + "xfail: x\nexpect: {replans: 9}\n")
    (tmp_path / "b.scenario.yaml").write_text(APPLE + "xfail: x\nexpect: {replans: 0}\n")
    verdicts = list(suite_of([tmp_path]).run(InProcessRunner()))
    assert [verdict.status for verdict in verdicts] == ["xfailed", "xpassed"]
    assert [verdict.is_good for verdict in verdicts] == [True, False]


@pytest.mark.slow
def test_two_processes_say_what_one_says():
    files = sample(sorted((ROOT / "scenarios").glob("*.scenario.yaml")), 20, "two processes")

    def told(runner):
        verdicts = suite_of(files).run(runner)
        return [
            [
                report.model_copy(update={"wall_s": 0.0, "result": _timeless(report.result)})
                for report in verdict.reports
            ]
            for verdict in verdicts
        ]

    assert told(PoolRunner(2)) == told(InProcessRunner())


def _timeless(result):
    return result.model_copy(update={"wall_time_s": 0.0})


FAULTY = """
import os, time
from treehand.skills import skill

@skill("pick")
def pick(context, item):
    {what}
    yield 1.0
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "wall_time", "said"),
    [
        ("os._exit(7)", "60 s", "worker process died (exit code 7)"),
        ("time.sleep(600)", "1 s", "was killed after"),
    ],
)
def test_a_worker_that_dies_or_hangs_costs_its_own_case_only(tmp_path, what, wall_time, said):
    (tmp_path / "faulty.py").write_text(FAULTY.format(what=what))
    (tmp_path / "treehand.yaml").write_text("bindings: {pick: 'faulty.py:pick'}\n")
    head = "scenario: s\nconfig: treehand.yaml\n"
    (tmp_path / "a.scenario.yaml").write_text(
        f"{head}wall_time: {wall_time}\ngoal: put the apple in the fridge\nexpect: {{}}\n"
    )
    (tmp_path / "b.scenario.yaml").write_text(
        f"{head}wall_time: 60 s\ngoal: open the fridge\nexpect: {{}}\n"
    )
    bad, good = suite_of([tmp_path]).run(PoolRunner(2, grace_s=1.0))
    assert bad.status == "error"
    assert said in bad.why
    assert good.status == "passed"


def test_a_run_that_takes_too_long_is_named(scenario):
    slow = "faults: [{at: pick(apple), inject: slow}]\n"
    variants = scenario(APPLE + slow + "run_time: 31 s\nexpect: {outcome: success}\n")
    assert "the run took longer than 31 s" in run(variants).problems[0]


def test_a_plan_that_its_time_cannot_hold_is_refused(scenario):
    variants = scenario(APPLE + "run_time: 3 s\nexpect: {outcome: success}\n")
    (problem,) = run(variants).problems
    assert "the plan takes 30 s without failures, and the budget 'run_time' is 3 s" in problem


def test_many_variants_of_a_long_file_are_too_large(tmp_path):
    options = ", ".join(f"x{number}" for number in range(400))
    facts = ", ".join('"clean(plate_1)"' for _ in range(500))
    path = tmp_path / "v.scenario.yaml"
    path.write_text(
        f"scenario: v\ngoal: open the ${{a}}\nvary: {{a: [{options}]}}\n"
        f"expect: {{outcome: success, facts: [{facts}]}}\n"
    )
    with pytest.raises(InputError, match=r"v\.scenario\.yaml:3:7: too-large"):
        load_variants(path)


def test_a_long_chain_of_files_that_extend_one_another_is_too_deep(tmp_path):
    for number in range(40):
        text = f"extends: c{number + 1}.scenario.yaml\n"
        (tmp_path / f"c{number}.scenario.yaml").write_text(text)
    with pytest.raises(InputError, match="too-deep"):
        load_variants(tmp_path / "c0.scenario.yaml")
