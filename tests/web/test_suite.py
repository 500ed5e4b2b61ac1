"""Scenarios and campaigns on the server: one test run at a time, in processes of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from treehand.scenarios.suite_messages import SuiteOrder
from treehand.web.access.api_error import ApiError
from treehand.web.desk.own_process import own_process

pytest.importorskip("starlette", reason="needs the extra web")

GOOD = """\
scenario: the mug goes to the sink
goal: put the red mug in the sink
seeds: [0, 1]
expect:
  outcome: success
"""
BAD = """\
scenario: a drop that is not forgiven
goal: put the red mug in the sink
faults:
  - {inject: grasp-dropped, at: pick(red_mug)}
expect:
  outcome: failure
"""
SLOW = "scenario: a thousand\ngoal: clean the kitchen\nruns: 1000\nexpect:\n  outcome: success\n"


@pytest.fixture
def files(kitchen):
    """The served folder, empty again afterwards."""
    folder = kitchen.folder / "files"
    yield folder
    for path in folder.rglob("*.yaml"):
        path.unlink()
    kitchen.server.suite.close()
    kitchen.server.suite._is_closing = False


@pytest.fixture
def ada(kitchen):
    client = kitchen.client(controls=True)
    yield client
    client.http.delete("/api/control")


def write(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.scenario.yaml").write_text(text)


def begin(client, *names, **options):
    files = [f"{name}.scenario.yaml" for name in names]
    return client.post("suite", {"files": files, **options})


def until_over(client):
    """Wait for the end of the test run and return it."""
    phases = ("ended", "stopped", "refused")
    client.until(lambda desk: (desk["suite"] or {}).get("phase") in phases, "the end of the tests")
    return client.get("suite").json()


def told(answer):
    return answer.status_code, answer.json()["code"]


@pytest.mark.slow
def test_scenarios_are_run_told_and_remembered(kitchen, files, ada):
    write(files, sink=GOOD, drop=BAD)
    listed = ada.get("scenarios").json()
    assert [(one["name"], one["cases"], one["last"]) for one in listed] == [
        ("drop.scenario.yaml", 1, None),
        ("sink.scenario.yaml", 2, None),
    ]
    assert ada.post("suite", {}).status_code == 202
    report = until_over(ada)
    assert report["phase"] == "ended"
    assert report["counts"] == {"passed": 2, "failed": 1}
    assert [row["path"] for row in report["plan"]["rows"]] == [one["name"] for one in listed]
    cells = ada.get("suite/cases").json()
    assert len(cells) == report["done"] == report["total"] == 3
    assert ada.get("suite/cases", after=2).json() == cells[2:]
    failed = next(one for one in cells if one["state"] == "failed")
    assert failed["why"].startswith("outcome is success, not failure")
    story = ada.get(f"suite/cases/{failed['number']}").json()
    assert story["problems"] == [failed["why"]]
    assert "what happened:" in story["story"]
    assert story["command"].endswith("drop.scenario.yaml --seed 0")
    replay = json.loads(story["replay"])
    assert replay["trees"]
    assert any(one["event"]["event"] == "fault-injected" for one in replay["entries"])
    for number in ("3", "-1", "x", "99999999999"):
        assert told(ada.get(f"suite/cases/{number}")) == (404, "unknown-case")
    assert told(ada.get("trend/none.scenario.yaml")) == (404, "unknown-file")
    last = {one["name"]: one["last"] for one in ada.get("scenarios").json()}
    assert (last["sink.scenario.yaml"]["passed"], last["sink.scenario.yaml"]["runs"]) == (2, 2)
    assert not last["drop.scenario.yaml"]["is_good"]
    assert last["drop.scenario.yaml"]["is_current"]
    write(files, drop=BAD.replace("failure", "success"))
    assert begin(ada, "drop").status_code == 202
    until_over(ada)
    trend = ada.get("trend/drop.scenario.yaml").json()
    assert [one["is_good"] for one in trend] == [False, True]
    assert trend[0]["version"] != trend[1]["version"]
    assert oct((kitchen.folder / "test_history.jsonl").stat().st_mode)[-3:] == "600"


@pytest.mark.slow
def test_a_campaign_has_a_row_for_each_step(kitchen, files, ada):
    write(files, good=GOOD.replace("seeds: [0, 1]\n", ""))
    assert begin(ada, "good", kind="campaign", pairs=1).status_code == 202
    report = until_over(ada)
    assert report["phase"] == "ended", report["problem"]
    plan = report["plan"]
    assert [row["label"] for row in plan["rows"]][-1] == "two failures"
    assert "grasp-dropped" in plan["columns"]
    assert report["done"] == len(plan["cells"])
    assert set(report["counts"]) <= {"recovered", "unrecovered", "untriggered"}
    story = ada.get("suite/cases/0").json()
    assert story["command"].startswith("treehand campaign ")
    assert ada.get("scenarios").json()[0]["campaign"]["runs"] > 0


def test_one_test_run_at_a_time_and_it_is_stopped_once(kitchen, files, ada):
    write(files, slow=SLOW, good=GOOD)
    assert begin(ada, "slow").status_code == 202
    assert told(begin(ada, "good")) == (409, "busy")
    process = kitchen.server.suite._suite.process
    assert ada.post("suite/stop").status_code == 204
    assert told(ada.post("suite/stop")) == (409, "nothing-runs")
    report = until_over(ada)
    assert (report["phase"], report["problem"]) == ("stopped", None)
    assert process.returncode == -signal.SIGKILL
    assert ada.get("trend/slow.scenario.yaml").json() == []
    assert begin(ada, "good").status_code == 202


def test_the_robot_is_stopped_while_tests_run(own):
    served = own()
    write(served.folder / "files", slow=SLOW)
    ada = served.client(controls=True)
    begin(ada, "slow")
    bob = served.client("Bob")
    assert bob.post("stop", {"reason": "smoke"}).json()["stops"][0]["reason"] == "smoke"
    assert bob.get("suite").json()["phase"] in ("starting", "running")


@pytest.mark.slow
def test_a_malformed_scenario_is_told_with_its_place(kitchen, files, ada):
    write(files, wrong="scenario: x\n", good=GOOD)
    found = {one["name"]: one for one in ada.get("scenarios").json()}["wrong.scenario.yaml"]
    missing = "wrong.scenario.yaml:1:1: missing-key: 'expect' is missing"
    assert found["problem"].splitlines()[0] == missing
    begin(ada, "wrong", "good")
    report = until_over(ada)
    assert report["counts"] == {"error": 1, "passed": 2}
    assert report["rows"][0]["status"] == "error"
    begin(ada, "wrong", kind="campaign")
    report = until_over(ada)
    assert (report["phase"], report["problem"]["code"]) == ("refused", "failing-scenario")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"files": ["none.scenario.yaml"]}, (404, "unknown-file")),
        ({"files": ["../x.scenario.yaml"]}, (404, "unknown-file")),
        ({"files": ["tree.tree.yaml"]}, (404, "unknown-file")),
        ({"files": []}, (422, "no-scenarios")),
        ({"files": [], "kind": "campaign"}, (422, "no-scenarios")),
        ({"pairs": 10_000}, (422, "wrong-request")),
        ({"kind": "everything"}, (422, "wrong-request")),
    ],
)
def test_what_cannot_be_run_is_refused(kitchen, files, ada, body, answer):
    (files / "tree.tree.yaml").write_text("tree: fetch\nroot:\n  do: pick(red_mug)\n")
    assert told(ada.post("suite", body)) == answer


@pytest.mark.slow
def test_ten_thousand_runs_are_refused(kitchen, files, ada):
    write(files, huge=SLOW.replace("1000", "10000"))
    assert told(begin(ada, "huge")) == (422, "too-many-cases")
    assert begin(ada, "huge", seed=3).status_code == 202
    assert until_over(ada)["total"] == 1


def test_without_a_test_run_there_is_nothing_to_show(own):
    ada = own().client(controls=True)
    assert told(ada.get("suite")) == (404, "no-tests")
    assert told(ada.get("suite/cases")) == (404, "no-tests")
    assert told(ada.post("suite/stop")) == (409, "nothing-runs")


@pytest.mark.slow
def test_the_processes_end_with_their_server(tmp_path):
    """A server that is killed closes the pipe, and leaves neither a process nor a file."""
    write(tmp_path, slow=SLOW)
    process = subprocess.Popen(
        [sys.executable, "-m", "treehand.scenarios.suite_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    order = {"files": [str(tmp_path / "slow.scenario.yaml")], "workers": 2}
    process.stdin.write(json.dumps(order).encode() + b"\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["told"] == "plan"
    assert json.loads(process.stdout.readline())["told"] == "detail"
    process.stdin.close()
    with process.stdout as told_on:
        told_on.read()  # ends when the last process that holds the pipe has died
    assert process.wait() == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == ["slow.scenario.yaml"]


@pytest.mark.slow
def test_no_module_of_the_served_folder_takes_part_in_tests(tmp_path):
    for name in ("treehand.py", "json.py"):
        (tmp_path / name).write_text("raise AssertionError('imported')\n")
    command = own_process("treehand.scenarios.suite_process")
    done = subprocess.run(command, input=b"", cwd=tmp_path, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
def test_a_run_becomes_a_scenario_that_passes(own):
    served = own(speed=20.0, faults=("grasp-dropped@pick(red_mug):1",))
    ada = served.client(controls=True)
    run = ada.begin()
    ada.ended()
    name = "dropped.scenario.yaml"
    draft = ada.get(f"runs/{run}/scenario", name=name)
    text = draft.json()["text"]
    assert "grasp-dropped" in text
    assert not (served.folder / "files" / name).exists()
    assert ada.http.put(f"/api/files/{name}", json={"text": text}).status_code == 200
    begin(ada, "dropped")
    assert until_over(ada)["counts"] == {"passed": 1}
    for other in ("x.tree.yaml", "../x.scenario.yaml"):
        assert told(ada.get(f"runs/{run}/scenario", name=other)) == (404, "unknown-file")
    assert told(ada.get("runs/99/scenario", name=name)) == (404, "unknown-run")


def test_a_folder_whose_path_is_no_text_does_not_block_the_tests(kitchen, files, ada):
    odd = SuiteOrder(files=(Path(os.fsdecode(b"/latin\xff/good.scenario.yaml")),))
    with pytest.raises(ApiError) as raised:
        kitchen.server.suite.begin(odd, (), "Ada")
    assert (raised.value.status, raised.value.report.code) == (422, "not-utf8")
    write(files, good=GOOD)
    assert begin(ada, "good").status_code == 202
