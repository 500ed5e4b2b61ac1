"""The numbers that are the product; slow, so `.ci/run` runs them in a second step."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.fleet import CHUNK, START_S, Costs, Run, hours_of, lateness_ms
from benchmarks.ipc import solve
from benchmarks.plan_validator import PlanValidator
from tests.hostile import HOSTILE
from tests.samples import number, sample

ROOT = Path(__file__).parents[1]
SLOW, NIGHTLY = pytest.mark.slow, pytest.mark.nightly


def bench(module: str, *arguments: str) -> dict:
    command = [sys.executable, "-m", f"benchmarks.{module}", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("seeds", [pytest.param(40, marks=SLOW), pytest.param(200, marks=NIGHTLY)])
def test_recovery_is_worth_its_name(seeds):
    report = bench("recovery", "--seeds", str(seeds))
    assert report["goal"] == "clean the kitchen"
    assert report["with recovery"]["world_true"] >= 0.95 * seeds
    assert report["with recovery"]["missed_without_breakage"] == []
    assert report["without recovery"]["rate"] < 0.5


@pytest.mark.parametrize(
    ("world", "runs", "seed"),
    [
        pytest.param("kitchen", 150, number("random goals"), marks=SLOW),
        pytest.param("kitchen", 4_000, 0, marks=NIGHTLY),
        pytest.param("tabletop", 1_000, number("random goals"), marks=SLOW),
        pytest.param("tabletop", 4_000, 0, marks=NIGHTLY),
    ],
)
def test_success_is_never_claimed_where_the_world_says_no(world, runs, seed):
    report = bench("outcomes", "--world", world, "--runs", str(runs), "--seed", str(seed))
    assert report["runs"] >= runs / 3
    assert report["outcomes"]["success"] > report["runs"] / 3
    assert (report["false_claims"], report["missed"], report["broken"]) == ([], [], [])


@pytest.mark.parametrize("goals", [pytest.param(3, marks=SLOW), pytest.param(9, marks=NIGHTLY)])
def test_no_run_outlasts_the_limits_of_its_steps_when_skills_hang(goals):
    report = bench("hangs", "--goals", str(goals))
    assert report["runs"] >= {3: 40, 9: 170}[goals]
    assert report["problems"] == []


@pytest.mark.parametrize(
    ("seeds", "first"),
    [
        pytest.param(6, 100_000 + number("estimates"), marks=SLOW),
        pytest.param(100, 100_000, marks=NIGHTLY),
    ],
)
def test_estimates_are_borne_out(seeds, first):
    """On seeds and goals that the priors were not measured with; the bounds are generous."""
    report = bench("estimates", "--seeds", str(seeds), "--first", str(first))
    assert report["no_estimate"] == []
    for arm in ("with retries", "without retries"):
        found = report[arm]
        assert abs(found["deviations"]) < 4.5, found
        assert found["brier"] < found["brier_base"] + 0.05, found
        assert found["log"] < found["log_base"] + 0.15, found


@pytest.mark.parametrize(
    ("files", "seed"),
    [
        pytest.param(2_000, number("mutated files"), marks=SLOW),
        pytest.param(20_000, 0, marks=NIGHTLY),
    ],
)
def test_mutated_files_are_answered(files, seed):
    report = bench("fuzz_check", "--files", str(files), "--seed", str(seed))
    assert report["bad"] == []
    assert sum(report["counts"].values()) == files


@pytest.mark.slow
def test_the_engine_benchmarks_run():
    tables = bench("ticks", "--rounds", "1")["us_per_node"]
    assert len(tables) == 4
    assert all(table["ours"] > 0 for table in tables.values())
    assert bench("reaction", "--changes", "2", "--idle-s", "0.1")["reaction"].keys() >= {"ours"}
    assert set(bench("checking", "--runs", "1")["sizes"]) == {"2000", "20000"}


@pytest.mark.slow
def test_the_scenario_benchmark_runs(tmp_path):
    for path in sample(sorted((ROOT / "scenarios").glob("f*.scenario.yaml")), 3, "timed scenarios"):
        shutil.copy(path, tmp_path)
    report = bench("scenarios", "--runs", "2", "--suite", str(tmp_path))
    assert report["suite_good"] == report["suite_scenarios"] >= 3


DATA = ROOT.parent / "shared" / "data"


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the third-party benchmark data is not beside us")
@pytest.mark.parametrize(
    ("data", "least"),
    [
        (DATA / "obtea" / "easy.txt", 0.9),
        (DATA / "obtea" / "medium.txt", 0.7),
        (DATA / "obtea" / "hard.txt", 0.75),
        (ROOT / "benchmarks" / "instructions" / "easy.txt", 0.8),
        (ROOT / "benchmarks" / "instructions" / "medium.txt", 0.76),
        (ROOT / "benchmarks" / "instructions" / "hard.txt", 0.8),
    ],
    ids=lambda value: f"{value.parent.name}-{value.stem}" if isinstance(value, Path) else "",
)
def test_the_grammar_understands_what_people_say(data, least):
    scene = DATA / "btpg" / "btpg_RW.json"
    report = bench("words", "--data", str(data), "--scene", str(scene))
    assert report["exact"] >= least
    assert report["wrong"] <= 0.07  # one or two labels of the data are wrong themselves


@pytest.mark.slow
def test_words_are_judged_in_a_scene_of_ours(tmp_path):
    data = tmp_path / "kitchen.txt"
    data.write_text(
        'Instruction: "Please put the red cup in the sink and shut the fridge."\n'
        "Goal: in(red_mug, sink) & ~is_open(fridge)\n\n"
        "Instruction: wash the piano\nGoal: clean(pan)\n"
    )
    report = bench(
        "words", "--data", str(data), "--scene", "treehand/worlds/kitchen/kitchen.scene.yaml"
    )
    assert report == {"n": 2, "exact": 0.5, "f1": 0.8, "abstained": 0.5, "wrong": 0.0}


@pytest.mark.slow
def test_words_are_judged_in_a_copy_of_a_scene_with_its_domain(tmp_path):
    for name in ("kitchen.scene.yaml", "kitchen.domain.yaml"):
        shutil.copy(ROOT / "treehand/worlds/kitchen" / name, tmp_path)
    data = tmp_path / "rows.jsonl"
    data.write_text('{"text": "open the fridge", "right": ["is_open(fridge)"]}\n')
    report = bench("words", "--data", str(data), "--scene", str(tmp_path / "kitchen.scene.yaml"))
    assert report["exact"] == 100.0


@pytest.mark.slow
def test_the_startup_benchmark_runs():
    medians = bench("startup", "--runs", "1")["median_cpu_s"]
    assert set(medians) == {"python", "import treehand", "treehand --help", "treehand run"}


@pytest.mark.slow
def test_the_speed_benchmark_runs():
    assert set(bench("speed", "--runs", "1")["median_s"]) == {
        "treehand run",
        "treehand --help",
        "in process",
    }


@pytest.mark.slow
def test_a_run_that_is_killed_at_a_commit_is_carried_on():
    report = bench("crashes", "--every", "41", "--second", "5")
    assert report["problems"] == []
    assert report["killed"] >= 12


@pytest.mark.nightly
def test_a_run_is_carried_on_wherever_it_is_killed():
    report = bench("crashes")
    assert report["problems"] == []
    assert report["killed"] == report["points"] > 500


@pytest.mark.slow
def test_what_the_journal_costs_is_measured():
    report = bench("journal", "--rounds", "1", "--real-s", "0.3")
    assert report["virtual"]["commits, syncs"]["on"][1] == 0
    assert report["virtual"]["commits, syncs"]["full durability"][1] > 50


@pytest.mark.slow
def test_nothing_is_commanded_long_after_a_stop():
    report = bench("stops", "--stops", "10", "--kind", "well-behaved", "--kind", "slow step")
    assert report["to last command, by phase"]["planning"]["max_ms"] == 0.0
    assert report["slow step: to the last command"]["max_ms"] <= 20.0


@pytest.mark.parametrize(
    ("stops", "seed"),
    [
        pytest.param(3, number("hostile stops"), marks=SLOW),
        pytest.param(500, 0, marks=NIGHTLY),
    ],
)
def test_no_hostile_skill_commands_a_period_after_a_stop(stops, seed):
    report = bench("stops", "--stops", str(stops), "--seed", str(seed))
    for kind in HOSTILE:
        assert report[f"{kind}: to the last command"]["max_ms"] <= 20.0, kind
        assert report[f"{kind}: leaves"] == {"stopped": stops}, kind


@pytest.mark.slow
def test_planning_is_measured_on_any_file_of_the_format(tmp_path):
    actions = [
        {
            "name": "Walk(desk)",
            "pre": [],
            "add": ["IsNear(desk)"],
            "del": ["IsNear(Bed)"],
            "cost": 3,
        },
        {
            "name": "Walk(Bed)",
            "pre": [],
            "add": ["IsNear(Bed)"],
            "del": ["IsNear(desk)"],
            "cost": 3,
        },
        {"name": "Make(Bed)", "pre": ["IsNear(Bed)"], "add": ["Made(Bed)"], "del": [], "cost": 1},
    ]
    goals = [["Made(Bed)", "IsNear(desk)"], ["Made(Bed)"], ["IsNear(Bed)", "IsNear(desk)"]]
    tasks = [
        {"goal_dnf": [goal], "optimal_actions": ["Walk_Bed", "Make_Bed", "Walk_desk", "Walk_desk"]}
        for goal in goals
    ]
    data = {"scene": "tiny", "init": ["IsNear(desk)"], "actions": actions, "tasks": {"mix": tasks}}
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps(data))
    report = bench("btpg", "--data", str(file), "--set", "mix", "--perturb", "0.3")
    assert report["n"] == 3
    assert report["success"] == report["completed"] == pytest.approx(2 / 3)
    assert report["cost_ratio"] == pytest.approx((7 + 4) / 10 / 2)
    assert report["proven_cheapest"] == pytest.approx(2 / 3)


@pytest.mark.slow
@pytest.mark.parametrize("scene", ["RW", "VH"])
@pytest.mark.parametrize("name", ["single", "multi", "mix"])
def test_planning_reaches_every_goal_of_btpg_at_least_cost(scene, name):
    data = ROOT.parent / "shared" / "data" / "btpg" / f"btpg_{scene}.json"
    if not data.is_file():
        pytest.skip(f"the BTPG data is not here ({data.name})")
    report = bench("btpg", "--data", str(data), "--set", name, "--perturb", "0.2")
    assert report["success"] == report["proven_cheapest"] == 1.0
    assert report["cost_ratio"] <= 1.0
    assert report["completed"] >= 0.99


@SLOW
def test_a_folder_of_competition_instances_is_measured_and_every_plan_judged(tmp_path):
    folder = tmp_path / "ferry-sat11-strips" / "0"
    folder.mkdir(parents=True)
    (folder / "domain.pddl").write_text(
        "(define (domain ferry) (:requirements :strips) (:predicates (at ?x) (road ?x ?y))"
        "(:action go :parameters (?x ?y) :precondition (and (at ?x) (road ?x ?y))"
        " :effect (and (at ?y) (not (at ?x)))))"
    )
    (folder / "problem.pddl").write_text(
        "(define (problem p) (:domain ferry) (:objects a b c)"
        "(:init (at a) (road a b) (road b c)) (:goal (at c)))"
    )
    report = bench("ipc", str(tmp_path), "--first")
    (only,) = report["instances"]
    assert (only["end"], only["steps"]) == ("solved", 2)
    assert solve(folder, seconds=0.0).end == "time"  # the planner is told the limit
    assert (
        PlanValidator(folder / "domain.pddl", folder / "problem.pddl").problem_of(
            ["(go a b)", "(go a c)"]
        )
        == "step 2: (go a c) cannot begin"
    )


@SLOW
def test_other_planners_have_columns_of_their_own(tmp_path, monkeypatch):
    folder = tmp_path / "files" / "one"
    folder.mkdir(parents=True)
    (folder / "domain.pddl").write_text(
        "(define (domain d) (:predicates (on)) (:action turn :parameters () :effect (on)))"
    )
    (folder / "problem.pddl").write_text("(define (problem p) (:domain d) (:init) (:goal (on)))")
    command = tmp_path / "pyperplan"
    command.write_text('#!/bin/sh\nfor last; do :; done\necho "(TURN)" > "$last.soln"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    report = bench("ipc", str(tmp_path / "files"), "--beside")
    (only,) = report["beside"]["pyperplan"]
    assert (only["end"], only["steps"]) == ("solved", 1)


@SLOW
def test_missing_instances_are_told_and_are_no_failure(tmp_path):
    command = [sys.executable, "-m", "benchmarks.ipc", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert "nothing was measured" in done.stderr


def test_the_model_of_many_runs_and_robots_keeps_its_queues():
    draw = random.Random(0)
    run = Run(work_s=0.1, take_in_s=0.001)
    two, _ = hours_of(20_000, run, 2, draw)
    many, _ = hours_of(20_000, run, 1_000, draw)
    assert two == pytest.approx(20_000 * 0.1 / 2 / 3600, rel=0.1)
    first_s = START_S + CHUNK * 0.1
    assert many == pytest.approx((first_s + 20_000 * 0.001) / 3600, rel=0.1)  # one takes all in
    costs = Costs(run, run, tick_s=0.004)
    assert lateness_ms(1, 4, costs, draw)[-1] == 0.0
    crowd = lateness_ms(20, 1, costs, draw)
    assert crowd[-1] > lateness_ms(20, 2, costs, draw)[-1] > 0.0
