"""The command line as people and programs use it: exit codes, output, bad input, Ctrl-C."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from treehand.core.events import SkillNoted
from treehand.orchestrator.store.journal import read_events
from treehand.trees.format.files import LIBRARY_FOLDER
from treehand.worlds import find_world


def first_quick(rows, quick=2):
    """Return parameters of which all but the first are slow: each starts a process or two."""
    rows = [row if isinstance(row, tuple) else (row,) for row in rows]
    slow = [pytest.param(*row, marks=pytest.mark.slow) for row in rows[quick:]]
    return [*(pytest.param(*row) for row in rows[:quick]), *slow]


KEYS = {
    "broken_requirements",
    "outcome",
    "world_true",
    "goal",
    "facts",
    "leaves_run",
    "failures",
    "retries",
    "replans",
    "faults_not_triggered",
    "overruns",
    "failure",
    "sim_time_s",
    "wall_time_s",
    "run_id",
    "plan_hash",
    "message",
    "needs_approval",
    "errors",
    "evidence",
    "predicted_not_seen",
    "stop",
}


def test_the_main_job(tmp_path):
    process = start(tmp_path, "clean the kitchen", "--yes")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "Goal" in out
    assert "forall d in tableware where not clean(d) -> in(d, dishwasher)" in out
    assert "estimated:" in out
    assert "success  the goal is reached" in out
    assert re.search(r"goal really holds +yes", out)
    assert err == ""


def test_json_is_one_object_and_nothing_else(call):
    arguments = ("run", "clean the kitchen", "--yes", "--json", "--seed", 4)
    done = call(*arguments, "--inject", "grasp-dropped@pick(red_mug):1")
    result = json.loads(done.out)
    assert set(result) == KEYS
    assert result["outcome"] == "success"
    assert result["world_true"] is True
    assert result["failures"]["grasp-dropped"] >= 1
    assert result["leaves_run"] >= 30
    assert result["goal"]["literals"]
    assert done.err == ""


@pytest.mark.slow
def test_without_a_terminal_and_without_yes_it_says_so(call):
    done = call("run", "put the milk in the fridge", code=7)
    assert "give --yes" in done.out
    assert "clarify" in done.out
    result = json.loads(call("run", "put the milk in the fridge", "--json", code=7).out)
    assert result["outcome"] == "clarify"
    assert result["needs_approval"] is True
    assert result["leaves_run"] == 0


def test_a_goal_that_is_already_true_moves_nothing(call):
    result = json.loads(call("run", "close the fridge", "--yes", "--json").out)
    assert result["outcome"] == "already-true"
    assert result["leaves_run"] == 0
    assert result["sim_time_s"] == 0.0


@pytest.mark.parametrize(
    ("goal", "outcome", "part"),
    first_quick(
        [
            ("put the piano away", "clarify", "there is no piano here"),
            ("put the mug in the sink", "clarify", "red mug"),
            ("put the apple in the bin", "infeasible", "cannot reach 'in(apple, bin)'"),
            ("put the fridge in the sink", "infeasible", "wants a movable"),
            ("turn on the right burner", "refused", "a flame that nobody watches"),
        ]
    ),
)
def test_what_cannot_be_done_is_explained(call, goal, outcome, part):
    code = {"clarify": 4, "infeasible": 5, "refused": 6}[outcome]
    result = json.loads(call("run", goal, "--yes", "--json", code=code).out)
    assert result["outcome"] == outcome
    assert part in result["message"]
    assert part in " ".join(call("run", goal, "--yes", code=code).out.split())


@pytest.mark.slow
def test_a_goal_alone_is_shown(call):
    goal = json.loads(call("goal", "put all dirty mugs in the sink", "--json").out)
    assert goal["outcome"] == "success"
    assert goal["formula"] == "forall m in mug where not clean(m) -> in(m, sink)"
    assert (
        "for every mug that is dirty: it is in sink"
        in call("goal", "put all dirty mugs in the sink").out
    )
    asked = json.loads(call("goal", "put the mug in the sink", "--json", code=4).out)
    assert (asked["outcome"], asked["options"]) == ("clarify", ["red mug", "blue mug"])
    assert "red mug" in call("goal", "put the mug in the sink", code=4).out


@pytest.mark.slow
def test_verify_from_the_command_line(call, tmp_path):
    proven = json.loads(call("verify", "--goal", "put the milk in the fridge", "--json").out)
    assert proven["proven"] is True
    tree = tmp_path / "hasty.tree.yaml"
    tree.write_text("tree: hasty\ndomain: kitchen\nroot:\n  do: pick(apple)\n")
    arguments = ("verify", str(tree), "--goal", "holding(apple)")
    assert "hasty.tree.yaml:4:7: missing-recovery" in call(*arguments, code=1).out
    report = json.loads(call(*arguments, "--json", code=1).out)
    finding = report["verified"][0]["findings"][0]
    assert (finding["code"], finding["line"]) == ("missing-recovery", 4)
    assert finding["trace"][0]["call"] == "pick(apple)"
    assert call(*arguments, "--failures", "0")
    spent = call(*arguments, "--max-states", "1", code=1).out
    assert "the budget was spent" in " ".join(spent.split())


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    first_quick(
        [
            ((), 2, "no-goal"),
            (("nothing.tree.yaml",), 2, "nothing.tree.yaml"),
            (("--goal", "put the mug in the sink"), 4, "unclear-goal"),
            (("--goal", "put the apple in the bin"), 5, "infeasible-goal"),
            (("--goal", "open the fridge", "--never", "is_open(fridge"), 2, "wrong-syntax"),
            (
                ("--goal", "open the fridge", "--never", "is_opn(fridge)"),
                2,
                "did you mean 'is_open'",
            ),
        ]
    ),
)
def test_what_cannot_be_verified_is_explained(call, arguments, code, part):
    assert part in call("verify", *arguments, code=code).err


def test_a_broken_glass_exits_with_failure(call):
    for seed in range(12):
        fault = "grasp-dropped@put_in(glass, dishwasher):1"
        arguments = ("put the glass in the dishwasher", "--yes", "--json", "--seed", seed)
        done = call("run", *arguments, "--inject", fault, code=None)
        result = json.loads(done.out)
        if result["outcome"] == "failure":
            break
    assert done.code == 1
    assert "broken(glass)" in result["message"]
    assert result["world_true"] is False


BAD_TREES = {
    "indentation": ("tree: t\nroot:\n  sequence:\n    - do: a()\n   - do: b()\n", "yaml-syntax", 5),
    "unknown skill": ("tree: t\nroot: {do: pik(apple)}\n", "unknown-skill", 2),
    "arity": ("tree: t\nroot: {do: 'pick(apple, sink)'}\n", "wrong-arity", 2),
    "type": ("tree: t\nroot:\n  do: put_in(apple, counter)\n", "wrong-type", 3),
    "duplicate key": ("tree: t\nroot: {do: pick(apple)}\ntree: u\n", "duplicate-key", 3),
    "unknown key": ("tree: t\nroot:\n  do: pick(apple)\n  retri: {}\n", "unknown-key", 4),
    "two kinds": ("tree: t\nroot: {do: pick(apple), check: hand_empty()}\n", "node-kind", 2),
    "cycle": (
        "tree: t\nsubtrees:\n  s:\n    root: {subtree: s()}\nroot: {subtree: s()}\n",
        "cyclic-subtree",
        4,
    ),
    "not utf-8": (b"tree: t\xff\n", "not-utf8", 1),
    "empty": ("", "empty-file", 1),
    "wrong duration": ("tree: t\nroot: {do: pick(apple), timeout: 20}\n", "wrong-duration", 2),
    "unknown code": (
        "tree: t\nroot: {do: pick(apple), retry: {on: [dropped]}}\n",
        "wrong-value",
        2,
    ),
}


@pytest.mark.parametrize("name", first_quick(BAD_TREES))
def test_a_bad_tree_file_gives_file_line_column(call, tmp_path, name):
    text, code, line = BAD_TREES[name]
    path = tmp_path / "bad.tree.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = call("run", "--tree", path.name, "--yes", code=2)
    assert done.err.startswith(f"bad.tree.yaml:{line}:")
    assert f": {code}: " in done.err
    assert "Traceback" not in done.err
    assert "hint: " in done.err
    assert json.loads(call("runs", "--json").out) == {"runs": []}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nav.xml", "foreign-tree: 'nav.xml' is XML"),
        ("a.tree.yaml", "no-goal: 'a.tree.yaml' is a tree file"),
    ],
)
def test_a_tree_file_in_place_of_a_goal_is_told_as_such(call, tmp_path, name, told):
    (tmp_path / name).write_text("tree: a\nroot:\n  do: open(fridge)\n")
    assert call("run", name, "--yes", code=2).err.startswith(told)


def test_a_tree_file_that_is_not_there(call):
    done = call("run", "--tree", "nowhere.tree.yaml", "--yes", code=2)
    assert done.err.startswith("unreadable-file: cannot read 'nowhere.tree.yaml'")


@pytest.mark.parametrize(
    ("arguments", "code"),
    first_quick(
        [
            (("--world", "kichen"), "unknown-world"),
            (("--scene", "nowhere.scene.yaml"), "unreadable-file"),
            (("--domain", "nowhere.domain.yaml"), "unreadable-file"),
            (("--config", "nowhere.yaml"), "unreadable-file"),
            (("--inject", "grasp-droped@pick(apple):1"), "unknown-fault"),
            (("--inject", "grasp-dropped"), "wrong-fault"),
            (("--inject", "grasp-dropped@pick(aple):1"), "unknown-object"),
            (("--inject", "grasp-dropped@pik(apple):1"), "unknown-skill"),
            (("--inject", "move(apple)@pick(apple)"), "wrong-fault"),
            (("--inject", "close(apple)x@pick(apple)"), "wrong-fault"),
            (("--speed", "0"), "wrong-speed"),
            (("--speed", "nan"), "wrong-speed"),
            (("--speed", "inf"), "wrong-speed"),
            (("--with", "item=apple"), "wrong-argument"),
            (("--inject", "slow@pick(apple):0"), "wrong-fault"),
            (("--with", "item"), "wrong-argument"),
        ]
    ),
)
def test_a_bad_option_is_explained(call, arguments, code):
    done = call("run", "go to the table", "--yes", *arguments, code=2)
    assert f"{code}: " in done.err
    assert "Traceback" not in done.err
    done = call("run", "go to the table", "--yes", "--json", *arguments, code=2)
    assert json.loads(done.out)["outcome"] == "error"


def test_an_unwritable_workspace_stops_before_anything_moves(call, tmp_path):
    (tmp_path / "taken").write_text("a file")
    done = call("run", "go to the table", "--yes", "--workspace", tmp_path / "taken", code=3)
    assert "workspace-unwritable" in done.err
    assert "✔" not in done.out


@pytest.mark.slow
def test_a_tree_with_arguments(call):
    path = LIBRARY_FOLDER / "put_away.tree.yaml"
    good = ("--with", "item=red_mug", "--with", "place=dishwasher")
    done = call("run", "--tree", path, *good, "--yes", "--json")
    assert "in(red_mug, dishwasher)" in json.loads(done.out)["facts"]
    done = call("run", "--tree", path, "--yes", code=2)
    assert "missing-parameter" in done.err
    wrong = ("--with", "item=fridge", "--with", "place=dishwasher")
    assert "wrong-type" in call("run", "--tree", path, *wrong, "--yes", code=2).err
    extra = (*good, "--with", "itm=apple")
    assert "did you mean 'item'" in call("run", "--tree", path, *extra, code=2).err


@pytest.mark.slow
def test_a_tree_that_is_written_tells_that_it_holds_no_manner(call):
    done = call("plan", "carefully put the glass in the sink", "--out", "glass.tree.yaml")
    assert "it is not done carefully" in done.out
    assert "not done" not in call("plan", "wash the pan", "--out", "pan.tree.yaml").out


@pytest.mark.slow
def test_plan_moves_nothing_and_writes_a_tree_that_runs(call, tmp_path):
    done = call("plan", "put the milk in the fridge", "--out", "milk.tree.yaml")
    assert "ensure_in_container" in done.out
    assert json.loads(call("runs", "--json").out) == {"runs": []}
    report = json.loads(call("plan", "put the milk in the fridge", "--json").out)
    assert report["certificate"]["steps"] == ["open(fridge)", "pick(milk)", "put_in(milk, fridge)"]
    done = call("run", "--tree", "milk.tree.yaml", "--yes", "--json")
    assert "in(milk, fridge)" in json.loads(done.out)["facts"]
    call("check", "milk.tree.yaml")
    call("fmt", "--check", "milk.tree.yaml")
    wrong = call("plan", "put the milk in the fridge", "--out", "my-milk.yml", code=2)
    assert "my_milk.tree.yaml" in wrong.err


@pytest.mark.slow
def test_show_a_tree_and_a_run(call, tmp_path):
    path = LIBRARY_FOLDER / "find.tree.yaml"
    assert "look_for(item)" in call("show", path).out
    assert call("show", path, "--dot").out.startswith("digraph find")
    call("run", "go to the table", "--yes")
    story = call("show", "1").out
    assert "goal: go to the table" in story
    assert "✔ go_to(table)" in story
    assert "digraph plan" in call("show", "1", "--dot").out
    call("show", "1", "--svg", "run.svg")
    drawn = (tmp_path / "run.svg").read_text()
    assert drawn.startswith("<svg")
    assert "run 0001: go to the table, success" in drawn
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")  # no font of a network
    call("show", path, "--svg", "find.svg")
    assert "look_for(item)" in (tmp_path / "find.svg").read_text()
    assert "unknown-run" in call("show", "9", code=2).err


@pytest.mark.slow
def test_runs_and_domain(call):
    call("run", "go to the table", "--yes")
    call("run", "turn on the right burner", "--yes", code=6)
    listed = json.loads(call("runs", "--json").out)["runs"]
    assert [(run["run"], run["outcome"]) for run in listed] == [
        ("0001", "success"),
        ("0002", "refused"),
    ]
    assert "go to the table" in call("runs").out
    known = json.loads(call("domain", "--json").out)
    assert known["objects"]["red_mug"] == "mug"
    assert known["skills"]["pick"] == "pick(item: movable)"
    text = call("domain").out
    assert "grasp-dropped" in text
    assert "{item} is in {place}" in text


@pytest.mark.slow
def test_a_journal_that_cannot_be_read_does_not_hide_the_others(call, tmp_path):
    call("run", "go to the table", "--yes")
    (tmp_path / "home" / "runs" / "0002.sqlite").write_text("hello")
    listed = json.loads(call("runs", "--json").out)["runs"]
    assert [run["outcome"] for run in listed] == ["success", "unreadable (not-a-journal)"]


def test_a_users_own_skill_serves_a_call(call, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from treehand.skills import skill\n\n\n"
        "@skill('go_to')\n"
        "def glide(context, place):\n"
        "    context.note('gliding')\n"
        "    problem = yield from context.embodiment.base.drive_to(place, random=context.random)\n"
        "    return problem\n"
    )
    (tmp_path / "treehand.yaml").write_text("bindings: {go_to: 'mine.py:glide'}\n")
    call("run", "go to the table", "--yes")
    path = tmp_path / "home" / "runs" / "0001.sqlite"
    notes = [one.note for one in read_events(path) if isinstance(one, SkillNoted)]
    assert notes[0] == "gliding"
    (tmp_path / "treehand.yaml").write_text("bindings:\n  go_too: mine.py:glide\n")
    done = call("run", "go to the table", "--yes", code=2)
    assert done.err.startswith("treehand.yaml:2:3: unknown-skill")


def test_a_bad_domain_file_is_explained(call, tmp_path):
    text = find_world("kitchen").domain.read_text()
    (tmp_path / "bad.domain.yaml").write_text(text.replace("[at(place)]", "[att(place)]"))
    done = call("run", "go to the table", "--yes", "--domain", "bad.domain.yaml", code=2)
    assert done.err.startswith("bad.domain.yaml:")
    assert "did you mean 'at'" in done.err


def start(tmp_path, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "treehand", "run", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def wait_for_events(path, event, *, seconds=20.0):
    """Wait until a journal holds an event of a kind; the process writes it as it goes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists():
            try:
                with closing(sqlite3.connect(path)) as db:
                    query = "SELECT count(*) FROM events WHERE event = ?"
                    if db.execute(query, (event,)).fetchone()[0]:
                        return
            except sqlite3.OperationalError:
                pass
        time.sleep(0.02)
    raise AssertionError(f"no {event} in {path}")


@pytest.mark.parametrize("number", first_quick([signal.SIGINT, signal.SIGTERM], 1))
def test_an_interrupt_halts_the_skill_and_is_journalled(call, tmp_path, number):
    process = start(tmp_path, "clean the kitchen", "--yes", "--json", "--speed", "1")
    path = tmp_path / "home" / "runs" / "0001.sqlite"
    wait_for_events(path, "skill-started")
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert json.loads(out)["outcome"] == "interrupted"
    listed = json.loads(call("runs", "--json").out)["runs"]
    assert listed[0]["outcome"] == "interrupted"
    kinds = [event.event for event in read_events(path)]
    assert "stopped" in kinds
    assert kinds.index("stopped") > kinds.index("skill-ended")
    assert kinds[-1] == "run-ended"


@pytest.mark.slow
def test_two_interrupts_stop_at_once_and_are_journalled(call, tmp_path):
    process = start(tmp_path, "clean the kitchen", "--yes", "--json", "--speed", "1")
    wait_for_events(tmp_path / "home" / "runs" / "0001.sqlite", "skill-started")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert json.loads(out)["outcome"] == "interrupted"
    assert json.loads(call("runs", "--json").out)["runs"][0]["outcome"] == "interrupted"


@pytest.mark.slow
def test_a_killed_run_leaves_a_readable_journal(call, tmp_path):
    process = start(tmp_path, "clean the kitchen", "--yes", "--speed", "1")
    wait_for_events(tmp_path / "home" / "runs" / "0001.sqlite", "skill-started")
    process.kill()
    process.communicate(timeout=20)
    listed = json.loads(call("runs", "--json").out)["runs"]
    assert listed[0]["outcome"] == "unfinished"
    assert "goal: clean the kitchen" in call("show", "1").out


BROKEN = """\
tree: broken
domain: kitchen
root:
  sequence:
    - do: pik(apple)
    - chek: hand_empty()
    - do: pick(apple)
      timeout: 20
"""


def test_check_says_everything_at_once(call, tmp_path):
    (tmp_path / "broken.tree.yaml").write_text(BROKEN)
    (tmp_path / "other.scenario.yaml").write_text("scenario: x\ngoal: y\nexpekt: {}\n")
    done = call("check", tmp_path, code=1)
    lines = [line for line in done.out.splitlines() if not line.startswith("  hint")]
    assert [line.removeprefix(f"{tmp_path}/").split(": ")[0:2] for line in lines] == [
        ["broken.tree.yaml:5:11", "unknown-skill"],
        ["broken.tree.yaml:6:7", "unknown-key"],
        ["broken.tree.yaml:8:16", "wrong-duration"],
        ["other.scenario.yaml:1:1", "missing-key"],
        ["other.scenario.yaml:3:1", "unknown-key"],
    ]
    assert "5 findings" in done.err


@pytest.mark.slow
def test_check_as_sarif(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my trees").mkdir()
    path = "my trees/t.tree.yaml"
    (tmp_path / path).write_text("tree: t\nroot: {do: pikc(red_mug)}\n")
    log = json.loads(call("check", path, "--format", "sarif", code=1).out)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    results = run["results"]
    assert "unknown-skill" in {result["ruleId"] for result in results}
    for result in results:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {
            "uri": "my%20trees/t.tree.yaml",
            "uriBaseId": "%SRCROOT%",
        }
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1


@pytest.mark.slow
def test_check_as_json_and_as_annotations(call, tmp_path):
    path = tmp_path / "broken.tree.yaml"
    path.write_text(BROKEN)
    report = json.loads(call("check", path, "--json", code=1).out)
    assert report["files"] == [str(path)]
    assert report["findings"][0] == {
        "file": str(path),
        "line": 5,
        "column": 11,
        "code": "unknown-skill",
        "severity": "error",
        "message": "unknown skill 'pik'",
        "hint": "did you mean 'pick'?",
    }
    done = call("check", path, "--format", "github", code=1)
    first = f"::error file={path},line=5,col=11,title=unknown-skill::unknown skill 'pik'%0Ahint: "
    assert done.out.startswith(first)


@pytest.mark.parametrize("name", first_quick(["nowhere", "README.md", "empty"], 1))
def test_check_of_nothing_is_bad_input(call, tmp_path, name):
    (tmp_path / "README.md").write_text("x")
    (tmp_path / "empty").mkdir()
    assert call("check", tmp_path / name, code=2).out == ""


@pytest.mark.slow
def test_what_new_writes_is_sound_formatted_and_runs(call, tmp_path):
    for kind, name in (("tree", "bring"), ("scenario", "slip")):
        call("new", kind, name, "--in", tmp_path)
    call("new", "domain", "bench", "--in", tmp_path / "bench")
    for folder in (tmp_path, tmp_path / "bench"):
        call("check", folder)
        call("fmt", "--check", folder)
    values = ("--with", "item=red_mug", "--with", "place=dishwasher")
    call("run", "--tree", tmp_path / "bring.tree.yaml", *values, "--yes")
    done = call("new", "tree", "bring", "--in", tmp_path, code=2)
    assert "file-exists" in done.err


@pytest.mark.slow
def test_a_new_skill_is_bound_and_honest(call, tmp_path):
    call("new", "skill", "pick", "--in", tmp_path)
    config = ("--config", tmp_path / "treehand.yaml")
    done = call("run", "put the apple in the fridge", "--yes", "--json", *config, code=4)
    result = json.loads(done.out)
    assert result["outcome"] == "clarify", "after all that only a person can help"
    assert set(result["failures"]) == {"timeout"}
    assert result["failure"]["code"] == "timeout"
    assert result["failure"]["causes"]
    call("new", "skill", "juggle", "--in", tmp_path, code=2)
    call("new", "tree", "Not-A-Name", "--in", tmp_path, code=2)
    call("new", "poem", "x", "--in", tmp_path, code=2)


@pytest.mark.slow
def test_fmt_changes_the_layout_and_leaves_broken_files(call, tmp_path):
    path, broken = tmp_path / "t.tree.yaml", tmp_path / "broken.tree.yaml"
    path.write_text("tree:   t   # name\nroot:   {check: hand_empty( )}\n")
    broken.write_text(BROKEN)
    call("fmt", "--check", path, code=1)
    done = call("fmt", tmp_path, code=1)
    assert path.read_text() == "tree: t  # name\nroot: {check: hand_empty()}\n"
    assert broken.read_text() == BROKEN
    assert "broken.tree.yaml:6:7: unknown-key" in done.out
    assert list(tmp_path.iterdir()) != []
    call("fmt", "--check", path)


@pytest.mark.slow
def test_schemas_are_printed_and_written(call, tmp_path):
    schema = json.loads(call("schema", "tree").out)
    assert schema["title"] == "*.tree.yaml"
    call("schema", "--out", tmp_path)
    assert len(list(tmp_path.glob("*.schema.json"))) == 12
    call("schema", code=2)
    call("schema", "poem", code=2)


def test_a_pddl_plan_of_one_step_and_its_warnings_are_told(call, tmp_path):
    domain, problem = tmp_path / "d.pddl", tmp_path / "p.pddl"
    domain.write_text(
        "(define (domain d) (:requirements :strips :typing) (:types a)\n(:predicates (q ?x - a))\n"
        "(:action go :parameters (?x - a) :precondition () :effect (q ?x)))"
    )
    problem.write_text(
        "(define (problem p) (:domain d) (:objects k - a n - other)\n(:init) (:goal (q k)))"
    )
    told = call("plan", "--pddl", domain, problem)
    assert ":1:53: warning: odd-pddl: the type 'other' is not declared" in told.err
    assert "1 step, simulated without failures, reaches the goal" in told.out
