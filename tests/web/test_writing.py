"""Trees that are being written: drawn, verified and rehearsed; texts to start from."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="needs the extra web")

from treehand.documents.reader import parse
from treehand.scenarios import Scenario
from treehand.web.access.api_error import ApiError
from treehand.web.desk.tree_trial import TrialOrder, try_tree
from treehand.web.desk.trial_process import TrialProcess

TREE = """\
tree: fetch
domain: kitchen
params: {item: movable, place: container}
achieves: in(item, place)
root:
  sequence:
    - do: open(place)
      unless: is_open(place)
    - {do: pick(item), retry: {attempts: 3, on: [grasp-dropped]}}
    - do: put_in(item, place)
"""
WITH = {"item": "red_mug", "place": "sink"}


@pytest.fixture(scope="module")
def ada(kitchen):
    return kitchen.client(controls=True)


def walk(node):
    yield node
    for child in node["children"]:
        yield from walk(child)


def test_a_tree_is_drawn_with_lines_and_columns_of_its_text(ada):
    told = ada.post("drafts/fetch.tree.yaml", {"text": TREE}).json()
    places = [(node["label"], node["line"], node["column"]) for node in walk(told["root"])]
    assert places == [
        ("sequence", 6, 3),
        ("open(place)", 7, 7),
        ("pick(item)", 9, 7),
        ("put_in(item, place)", 10, 7),
    ]
    assert "red_mug" in told["params"]["item"]
    assert "sink" in told["params"]["place"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tree: [",
        "tree: x",
        "- a",
        "tree: x\nroot:\n" + "".join(f"{' ' * n}sequence: [\n" for n in range(1, 400)),
    ],
)
def test_what_cannot_be_drawn_is_left_undrawn(ada, text):
    answer = ada.post("drafts/again.tree.yaml", {"text": text})
    assert answer.status_code == 200, answer.text
    assert answer.json()["root"] is None


def test_a_tree_that_calls_itself_is_left_undrawn(kitchen, ada):
    text = "tree: again\nroot:\n  subtree: again()\n"
    (kitchen.folder / "files" / "again.tree.yaml").write_text(text)
    answer = ada.post("drafts/again.tree.yaml", {"text": text})
    assert answer.status_code == 200, answer.text
    assert answer.json()["root"] is None


def test_an_unfinished_tree_is_drawn_as_far_as_it_can_be_read(ada):
    text = TREE.replace("put_in(item, place)", "put_in(item,")
    told = ada.post("drafts/fetch.tree.yaml", {"text": text}).json()
    assert [node["label"] for node in walk(told["root"])][:3] == [
        "sequence",
        "open(place)",
        "pick(item)",
    ]


def test_a_tree_that_is_not_saved_is_verified(ada):
    body = {"text": TREE, "arguments": WITH}
    plan = ada.post("verify/fetch.tree.yaml", body).json()["plan"]
    assert [step["call"] for step in plan["steps"]] == ["pick(red_mug)", "put_in(red_mug, sink)"]
    assert plan["verification"]["is_proven"] is False  # it does not retry a missed grasp
    told = [line for story in plan["verification"]["stories"] for line in story]
    assert any("grasp-missed" in line for line in told)
    assert ada.get(f"plans/{plan['hash']}").status_code == 404  # it is nothing to approve


@pytest.mark.slow
def test_a_tree_that_is_not_saved_is_rehearsed(ada):
    told = ada.post("rehearse/fetch.tree.yaml", {"text": TREE, "arguments": WITH}).json()
    found = told["rehearsal"]
    assert (found["outcome"], found["world"]) == ("success", "kitchen")
    assert any("pick(red_mug)" in line for line in found["lines"])
    statuses = {node["label"]: node["status"] for node in walk(found["root"])}
    assert statuses["put_in(red_mug, sink)"] == "SUCCESS"
    assert ada.get("runs").json() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("fetch.tree.yaml", {"text": "tree: ["}, 422, "yaml-syntax"),
        ("fetch.tree.yaml", {"text": TREE}, 422, "missing-parameter"),
        ("a.scene.yaml", {"text": "scene: a"}, 404, "unknown-file"),
        ("%2e%2e/a.tree.yaml", {"text": TREE, "arguments": WITH}, 404, "unknown-file"),
        ("fetch.tree.yaml", {"text": TREE, "arguments": {"item": 1}}, 422, "wrong-request"),
    ],
)
def test_what_cannot_be_tried_is_told(ada, name, body, status, code):
    answer = ada.post(f"verify/{name}", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_only_the_controller_tries_and_anybody_draws(own):
    served = own()
    served.client(controls=True)
    bob = served.client("Bob")
    body = {"text": TREE, "arguments": WITH}
    assert bob.post("rehearse/fetch.tree.yaml", body).json()["code"] == "not-in-control"
    assert bob.post("drafts/fetch.tree.yaml", {"text": TREE}).status_code == 200


def order(kitchen, **changes):
    from treehand.orchestrator.config.deployment import Deployment

    given = {
        "task": "rehearse",
        "name": "fetch.tree.yaml",
        "folder": kitchen.folder / "files",
        "text": TREE,
        "arguments": WITH,
        "overrides": Deployment.load().source,
    }
    return TrialOrder(**{**given, **changes})


def test_a_trial_that_takes_too_long_is_killed(kitchen):
    with pytest.raises(ApiError) as raised:
        asyncio.run(TrialProcess(limit_s=0.01).report(order(kitchen)))
    assert (raised.value.status, raised.value.report.code) == (504, "timeout")


@pytest.mark.slow
def test_no_module_of_the_current_folder_is_imported_by_a_trial(kitchen, tmp_path):
    for name in ("treehand.py", "json.py"):
        (tmp_path / name).write_text("raise AssertionError('imported')\n")
    with contextlib.chdir(tmp_path):
        told = asyncio.run(TrialProcess().report(order(kitchen)))
    assert told.rehearsal is not None
    assert told.rehearsal.outcome == "success"


@pytest.mark.slow
def test_a_trial_whose_process_breaks_is_told(kitchen):
    broken = order(kitchen).model_copy(update={"task": "neither"})
    with pytest.raises(ApiError) as raised:
        asyncio.run(TrialProcess().report(broken))
    assert raised.value.report.code == "trial-broken"


@pytest.mark.slow
def test_a_tree_for_a_real_robot_is_tried_without_it(kitchen, tmp_path):
    from treehand.orchestrator.config.overrides import DeploymentOverrides

    (tmp_path / "arm.py").write_text(
        "from dataclasses import replace\n"
        "import treehand as th\n"
        "from treehand.orchestrator.config.deployment import Deployment\n"
        "kitchen = Deployment.load(looks_here=False).kind\n"
        "skills = [replace(one, world='arm') for one in kitchen.skills]\n"
        "@th.world('arm', domain=kitchen.domain, scene=kitchen.scene, skills=skills)\n"
        "def open_arm(context):\n"
        "    raise AssertionError('the robot was opened')\n"
    )
    overrides = DeploymentOverrides(world=f"{tmp_path / 'arm.py'}:open_arm")
    for task in ("verify", "rehearse"):
        told = try_tree(order(kitchen, task=task, overrides=overrides))
        assert told.plan.kind == "plan"
    assert told.rehearsal is not None
    assert (told.rehearsal.world, told.rehearsal.outcome) == ("paper", "success")


def test_new_files_begin_with_sound_texts(ada):
    for name in ("serve.tree.yaml", "slip.scenario.yaml"):
        text = ada.post(f"starters/{name}", {}).json()["text"]
        assert text
        assert ada.post(f"check/{name}", {"text": text}).json() == []
    assert ada.post("starters/a.words.yaml", {}).json()["text"] == ""
    assert ada.post("starters/..%2fa.tree.yaml", {}).status_code == 404


@pytest.mark.slow
def test_a_tree_is_saved_as_a_scenario_that_passes(ada):
    assert ada.http.put("/api/files/fetch.tree.yaml", json={"text": TREE}).status_code == 200
    new = {"tree": "fetch.tree.yaml", "arguments": WITH, "outcome": "success"}
    text = ada.post("starters/fetched.scenario.yaml", new).json()["text"]
    scenario = parse(text, Scenario, file="")
    assert (scenario.tree, scenario.arguments) == ("fetch.tree.yaml", WITH)
    ada.http.put("/api/files/fetched.scenario.yaml", json={"text": text})
    assert ada.post("suite", {"files": ["fetched.scenario.yaml"]}).status_code == 202
    ada.until(lambda desk: desk["suite"]["phase"] == "ended", "the end of the scenario")
    assert ada.get("suite").json()["counts"] == {"passed": 1}
    missing = ada.post("starters/b.scenario.yaml", new | {"tree": "no.tree.yaml"})
    assert missing.status_code == 404


def children():
    """Return the processes that this one has started and that run."""
    lists = Path("/proc/self/task").glob("*/children")
    found = set()
    for pid in (pid for one in lists for pid in one.read_text().split()):
        with contextlib.suppress(OSError):
            if ") Z " not in Path(f"/proc/{pid}/stat").read_text():
                found.add(int(pid))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads /proc")
def test_a_trial_that_was_begun_ahead_is_used_and_ends_at_the_close(kitchen):
    before, trials = children(), TrialProcess()
    trials.prepare()
    trials.prepare()
    (ahead,) = children() - before
    assert asyncio.run(trials.report(order(kitchen))).plan is not None
    assert ahead not in children()
    assert children() == before
    trials.prepare()
    (dead,) = children() - before
    os.kill(dead, signal.SIGKILL)
    while dead in children():
        time.sleep(0.01)
    assert asyncio.run(trials.report(order(kitchen))).plan is not None
    trials.prepare()
    trials.close()
    trials.prepare()
    assert children() == before
