"""Goals, approvals, runs, questions and stops over HTTP; bad input has its status and code."""

import json
import re
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

import treehand as th
from tests.web.conftest import sse
from treehand.core.events import EVENTS
from treehand.core.events.stop_events import Held
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.store.journal import read_events

pytestmark = pytest.mark.slow


def codes(answer):
    return answer.status_code, answer.json()["code"]


def test_a_goal_is_proposed_approved_and_run(own):
    served = own()
    ada = served.client("Ada", controls=True)
    hash_ = ada.plan()
    plan = ada.get(f"plans/{hash_}").json()
    assert [one["call"] for one in plan["steps"]] == ["pick(red_mug)", "put_in(red_mug, sink)"]
    assert plan["conditional"] == ["sweep_up(item, place)"]
    assert plan["verification"]["is_proven"]
    assert plan["estimates"]["basis"]
    approved = ada.approve(hash_).json()
    assert (approved["by"], approved["run"]) == ("Ada", "0001")
    assert ada.post("runs", {"hash": hash_}).status_code == 202
    state = ada.ended()
    assert state["result"]["outcome"] == "success"
    facts = {one["fact"]: one for one in ada.get("facts").json() if one["value"]}
    seen = facts["in(red_mug, sink)"]
    assert (seen["source"], seen["is_predicted"]) == ("camera", False)
    assert seen["age_s"] >= 0.0
    events = [EVENTS.validate_python(one["event"]) for one in ada.get("runs/1/events").json()]
    assert events == list(read_events(served.workspace.find_run("1").journal))
    assert next(e for e in events if e.event == "approved").shown == plan["shown"]


def test_whoever_waits_for_a_proof_sees_how_far_it_is(own):
    ada = own().client("Ada", controls=True)
    planning = threading.Thread(target=lambda: ada.plan("clean the kitchen"))
    planning.start()
    seen = set()
    while planning.is_alive():
        seen.add(ada.get("state").json()["desk"]["progress"])
    planning.join()
    assert any(re.fullmatch(r"verifying: \d+ states, \d of 8 hypotheses", one) for one in seen)
    assert ada.get("state").json()["desk"]["progress"] == ""


def test_a_stop_breaks_off_the_proof_of_a_plan(own):
    ada = own().client("Ada", controls=True)
    answers = []
    said = {"text": "clean the kitchen"}
    planning = threading.Thread(target=lambda: answers.append(ada.post("proposals", said)))
    planning.start()
    while ada.state()["work"] == "idle":
        assert planning.is_alive()
    assert ada.post("stop", {}).status_code == 200
    planning.join()
    assert codes(answers[0]) == (409, "stopped")
    state = ada.state()
    assert (state["progress"], state["proposal"], state["work"]) == ("", None, "idle")
    shown = [one["id"] for one in state["stops"]]
    assert ada.post("rearm", {"stops": shown}).status_code == 200
    assert ada.plan("clean the kitchen")


def test_the_tree_of_a_run_has_the_statuses_of_any_moment(own):
    served = own()
    ada = served.client(controls=True)
    ada.begin()
    ada.ended()
    entries = ada.get("runs/1/events").json()
    first = next(one["seq"] for one in entries if one["event"]["event"] == "ticked")

    def statuses(**at):
        told = ada.get("runs/1/tree", **at).json()
        found = {}
        waiting = [told["root"]]
        while waiting:
            node = waiting.pop()
            found[node["path"]] = node
            waiting.extend(node["children"])
        return found, told

    end, told = statuses()
    start, _ = statuses(at=first)
    before, _ = statuses(at=1)
    pick = next(path for path in end if path.endswith("/pick(red_mug)"))
    assert [one[pick]["status"] for one in (before, start, end)] == [
        "INVALID",
        "RUNNING",
        "INVALID",
    ]
    assert end["put the red mug in the sink"]["status"] == "SUCCESS"
    assert end[pick]["preconditions"]
    assert end[pick]["effects"]
    line = told["sources"][end[pick]["source"]].splitlines()[end[pick]["line"] - 1]
    assert "pick(" in line
    wanted = entries[first - 1]["event"]["changes"]
    assert {path: start[path]["status"] for path in wanted} == wanted


def test_the_stream_goes_on_from_the_number_of_the_last_event(own):
    served = own()
    ada = served.client(controls=True)
    begin = ada.get("state").json()["last_event"]
    ada.begin()
    ada.ended()

    def read(after, until):
        found = []
        with ada.http.stream("GET", "/api/events", params={"after": after}) as answer:
            for kind, data in sse(answer.iter_lines()):
                if kind == "":
                    found.append(data)
                    if data["event"]["event"] == until:
                        return found
                if kind == "reset":
                    return "reset"
        return found

    whole = read(begin, "run-ended")
    assert [one["seq"] for one in whole] == list(range(1, len(whole) + 1))
    assert [one["event"] for one in whole] == [
        one["event"] for one in ada.get("runs/1/events").json()
    ]
    epoch = begin.partition("-")[0]
    assert read(f"{epoch}-{whole[4]['number']}", "run-ended") == whole[5:]
    assert read("00000000-3", "run-ended") == "reset"
    assert read(f"{epoch}-{len(whole) + 1000}", "run-ended") == "reset"
    assert codes(ada.get("events", after="x")) == (422, "wrong-request")


def test_a_stop_in_mid_run_is_answered_per_robot_and_leaf_by_a_viewer(own):
    served = own(speed=5.0)
    ada, bob = served.client("Ada", controls=True), served.client("Bob")
    ada.begin("clean the kitchen")
    ada.saw("skill-started")
    answer = bob.post("stop", {"reason": "a child is in the kitchen"}).json()
    assert answer["is_confirmed"]
    assert [one["state"] for one in answer["robots"]] == ["stopped"]
    assert answer["stops"][0]["by"] == "Bob"
    state = ada.ended()
    assert state["result"]["outcome"] == "interrupted"
    hash_ = ada.plan()
    assert ada.approve(hash_).status_code == 200
    ada.post("runs", {"hash": hash_})
    assert ada.ended()["result"]["outcome"] == "refused"
    shown = [one["id"] for one in ada.state()["stops"]]
    assert codes(bob.post("rearm", {"stops": shown})) == (403, "not-in-control")
    assert codes(ada.post("rearm", {"stops": ["gone"]})) == (409, "stale-stop")
    assert ada.post("look").json()["facts"]
    assert ada.post("rearm", {"stops": shown}).status_code == 200
    assert codes(ada.post("rearm", {"stops": shown})) == (409, "stale-stop")
    assert not ada.state()["stops"]
    assert ada.get("runs/1").json()["can_resume"]
    assert ada.post("runs/1/resume").json()["run"] == "0001"
    assert ada.post("stop", {}).json()["stops"]  # before, while or after the run is taken up
    after = ada.ended()
    assert "stopped" in (after["result"] or {}).get("message", "") + after["problem"]


def test_a_stop_that_is_sent_again_for_want_of_an_answer_is_one_stop(own):
    served = own(speed=5.0)
    ada = served.client("Ada", controls=True)
    ada.begin("clean the kitchen")
    ada.saw("skill-started")
    for _ in range(3):
        answer = ada.post("stop", {"press": "a4f1"}).json()
        assert answer["is_confirmed"]
        assert len(answer["stops"]) == 1
    said = [one["text"] for one in ada.ended()["conversation"] if "STOP" in one["text"]]
    assert said == ["STOP: no reason given"]
    ada.post("rearm", {"stops": [one["id"] for one in ada.state()["stops"]]})
    assert len(ada.post("stop", {"press": "a4f1"}).json()["stops"]) == 1  # never ignored


def test_a_stopped_run_is_resumed_to_its_end(own):
    served = own(speed=10.0)
    ada = served.client(controls=True)
    ada.begin()
    ada.saw("skill-started")
    ada.post("stop", {})
    ada.ended()
    assert codes(ada.post("runs/7/resume")) == (404, "unknown-run")
    assert codes(ada.post("runs/1/resume")) == (409, "still-stopped")
    ada.post("rearm", {"stops": [one["id"] for one in ada.state()["stops"]]})
    before = len(ada.get("runs/1/events").json())
    told = ada.post("runs/1/resume")
    assert told.status_code == 202, told.text
    assert ada.until(lambda desk: desk["work"] == "idle", "the end")["result"]["run"] == "0001"
    events = ada.get("runs/1/events").json()
    assert events[before]["event"]["event"] == "resumed"
    assert [one["seq"] for one in events] == list(range(1, len(events) + 1))
    assert events[-1]["event"]["outcome"] == "success"
    assert codes(ada.post("runs/1/resume")) == (409, "nothing-to-resume")


def test_a_question_in_mid_run_is_answered_once(own, tmp_path):
    served = own(faults=("grasp-dropped@pick(red_mug):9",))
    ada = served.client(controls=True)
    tree = """
tree: asking
root:
  sequence:
    - ask: {question: Is the way clear?, options: [yes, no]}
    - do: open(fridge)
"""
    told = ada.post("proposals/tree", {"text": tree}).json()
    assert told["kind"] == "plan", told
    ada.approve(told["hash"])
    ada.post("runs", {"hash": told["hash"]})
    state = ada.until(lambda desk: desk["question"], "the question")
    question = state["question"]
    assert (question["text"], question["options"]) == ("Is the way clear?", ["yes", "no"])
    number = question["number"]
    assert codes(ada.post(f"questions/{number}/answer", {"choice": "perhaps"}))[0] == 422
    assert codes(ada.post("questions/77/answer", {"choice": "yes"})) == (404, "unknown-question")
    assert codes(ada.post("questions/-1/answer", {"choice": "yes"})) == (404, "unknown-question")
    assert ada.post(f"questions/{number}/answer", {"choice": "yes"}).status_code == 204
    again = ada.post(f"questions/{number}/answer", {"choice": "no"})
    assert codes(again) == (409, "already-answered")
    assert ada.ended()["result"]["outcome"] == "success"


def test_a_stop_ends_the_wait_for_an_answer(own):
    served = own()
    ada = served.client(controls=True)
    tree = "tree: asking\nroot:\n  ask: {question: Is it clear?}\n"
    hash_ = ada.post("proposals/tree", {"text": tree}).json()["hash"]
    ada.approve(hash_)
    ada.post("runs", {"hash": hash_})
    ada.until(lambda desk: desk["question"], "the question")
    assert ada.post("stop", {"reason": "smoke"}).json()["is_confirmed"]
    assert ada.ended()["result"]["outcome"] == "interrupted"
    assert ada.state()["question"] is None


def test_a_question_about_the_words_leads_to_a_plan(kitchen):
    ada = kitchen.client(controls=True)
    asked = ada.post("proposals", {"text": "put the mug in the sink"}).json()
    assert asked["kind"] == "question"
    path = f"proposals/{asked['id']}/answer"
    assert codes(ada.post(path, {"choice": "neither"})) == (422, "wrong-answer")
    assert codes(ada.post("proposals/0/answer", {"choice": "x"})) == (404, "unknown-question")
    told = ada.post(path, {"choice": asked["options"][0]}).json()
    assert told["kind"] == "plan"
    assert ada.post("proposals", {"text": "thank you"}).json()["kind"] == "answer"
    refused = ada.post("proposals", {"text": "burn the milk on the stove"}).json()
    assert refused["kind"] in ("refused", "infeasible", "question")
    ada.http.delete("/api/control")


def test_an_approval_is_for_the_newest_plan_and_once(own):
    served = own()
    ada = served.client(controls=True)
    first = ada.plan()
    second = ada.plan("put the blue mug in the sink")
    assert codes(ada.approve(first)) == (409, "stale-approval")
    assert codes(ada.approve("0" * 16)) == (404, "unknown-plan")
    assert codes(ada.post("runs", {"hash": second})) == (409, "not-approved")
    assert ada.approve(second).status_code == 200
    assert codes(ada.approve(second)) == (409, "already-approved")
    assert ada.post("runs", {"hash": second}).status_code == 202
    assert codes(ada.post("runs", {"hash": second})) == (409, "already-run")
    ada.ended()
    third = ada.plan()
    assert ada.post(f"plans/{third}/reject", {"reason": "not now"}).status_code == 204
    assert codes(ada.approve(third)) == (409, "stale-approval")
    assert ada.get("runs/2").json()["outcome"] == "refused"


def test_a_run_that_cannot_begin_is_refused_at_once(own):
    served = own(speed=None)
    ada = served.client(controls=True)
    first = ada.plan()
    assert ada.approve(first).status_code == 200
    held = threading.Event()
    looking = served.server.desk.do("looking", held.wait)
    assert codes(ada.post("runs", {"hash": first})) == (409, "busy")
    held.set()
    looking.result()
    assert ada.state()["proposal"]["is_approved"]  # it can still be run
    second = ada.plan("put the blue mug in the sink")
    assert ada.approve(second).status_code == 200
    assert codes(ada.post("runs", {"hash": first})) == (409, "stale-approval")
    third = ada.plan()
    assert ada.post(f"plans/{third}/reject", {}).status_code == 204
    assert codes(ada.post("runs", {"hash": second})) == (409, "stale-approval")
    assert ada.state()["proposal"] is None
    assert ada.state()["problem"] == ""
    ada.begin()
    assert ada.ended()["result"]["outcome"] == "success"


def test_the_robot_does_one_thing_at_a_time(own):
    served = own(speed=5.0)
    ada = served.client(controls=True)
    ada.begin("clean the kitchen")
    assert codes(ada.post("proposals", {"text": "open the fridge"})) == (409, "busy")
    assert codes(ada.post("look")) == (409, "busy")
    assert ada.get("facts").status_code == 200
    assert ada.get("runs/1/tree").status_code == 200
    ada.post("stop", {})
    ada.ended()


BAD = [
    ("runs/99", 404, "unknown-run"),
    ("runs/0001%2F..%2F0001", 404, None),
    ("runs/..%2f..%2fetc", 404, None),
    ("runs/%00", 404, None),
    ("runs/" + "9" * 500, 404, "unknown-run"),
    ("runs/1/tree?at=999999", 404, "out-of-range"),
    ("runs/1/tree?at=0", 404, "out-of-range"),
    ("runs/1/tree?at=-1", 422, "wrong-request"),
    ("runs/1/tree?at=1e400", 422, "wrong-request"),
    ("runs/1/tree?at=1&at=2", 422, "wrong-request"),
    ("runs/1/events?after=x", 422, "wrong-request"),
    ("runs?most=0", 422, "wrong-request"),
    ("runs?before=x", 422, "wrong-request"),
    ("state?x=1", 422, "wrong-request"),
    ("cameras/nobody", 404, "unknown-camera"),
    ("cameras/..%2f..%2fetc%2fpasswd", 404, None),
    ("files/../../etc/passwd", 404, None),
    ("files/%2e%2e/%2e%2e/etc/passwd", 404, "unknown-file"),
    ("files/%2fetc%2fpasswd", 404, "unknown-file"),
    ("files/..%2fsecret.tree.yaml", 404, "unknown-file"),
    ("files/.hidden.tree.yaml", 404, "unknown-file"),
    ("files/a%00.tree.yaml", 404, "unknown-file"),
    ("files/link.tree.yaml", 404, "unknown-file"),
    ("files/folder/..%5c..%5cx.tree.yaml", 404, "unknown-file"),
    ("plans/%f0%9f%92%a5", 404, "unknown-plan"),
    ("nothing", 404, "unknown-path"),
]


@pytest.fixture(scope="module")
def with_run(tmp_path_factory):
    from tests.web.conftest import ServedKitchen

    served = ServedKitchen(tmp_path_factory.mktemp("bad"))
    files = served.folder / "files"
    (served.folder / "secret.tree.yaml").write_text("tree: secret\nroot: {sequence: []}\n")
    (files / "link.tree.yaml").symlink_to(served.folder / "secret.tree.yaml")
    ada = served.client(controls=True)
    ada.begin()
    ada.ended()
    yield served, ada
    served.close()


@pytest.mark.parametrize(("path", "status", "code"), BAD)
def test_what_cannot_be_read_is_told_with_a_status_and_a_code(with_run, path, status, code):
    answer = with_run[1].http.get(f"/api/{path}")
    assert answer.status_code == status, answer.text
    assert code in (None, answer.json()["code"])


BODIES = [
    (b"{", 400, "malformed-json"),
    (b"", 400, "malformed-json"),
    (b"\xff\xfe", 400, "malformed-json"),
    (b"[" * 100_000, 400, "malformed-json"),
    (b"[]", 422, "wrong-request"),
    (b"null", 422, "wrong-request"),
    (b"{}", 422, "wrong-request"),
    (b'{"text": 1}', 422, "wrong-request"),
    (b'{"text": "a", "more": 1}', 422, "wrong-request"),
    (b'{"text": ""}', 422, "wrong-request"),
    (b'{"text": "' + b"a" * 5000 + b'"}', 422, "wrong-request"),
    (b'{"text": "' + b"a" * 10_000_000 + b'"}', 413, "too-long"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES)
def test_a_wrong_body_is_told_with_a_status_and_a_code(with_run, body, status, code):
    headers = {"Content-Type": "application/json"}
    answer = with_run[1].http.post("/api/proposals", content=body, headers=headers)
    assert codes(answer) == (status, code)


def test_a_body_without_an_end_is_cut_off(with_run):
    def parts():
        for _ in range(200):
            yield b" " * 10_000

    headers = {"Content-Type": "application/json"}
    answer = with_run[1].http.post("/api/proposals", content=parts(), headers=headers)
    assert codes(answer) == (413, "too-long")


def test_a_form_is_no_json(with_run):
    answer = with_run[1].http.post("/api/proposals", data={"text": "open the fridge"})
    assert codes(answer) == (415, "wrong-media-type")
    text = {"Content-Type": "text/plain"}
    answer = with_run[1].http.post("/api/stop", content=b"{}", headers=text)
    assert codes(answer) == (415, "wrong-media-type")
    assert codes(with_run[1].http.get("/api/stop")) == (405, "wrong-method")


def test_files_are_checked_formatted_and_written_inside_the_folder(with_run):
    served, ada = with_run
    text = "tree: fetch\nroot:\n  do: pick(red_mugg)\n"
    found = ada.post("check/fetch.tree.yaml", {"text": text}).json()
    assert [(one["code"], one["line"], one["column"]) for one in found] == [
        ("unknown-object", 3, 12)
    ]
    assert "red_mug" in found[0]["hint"]
    at = {"text": text, "line": 3, "column": 19}
    assert [one["label"] for one in ada.post("completions/x.tree.yaml", at).json()] == ["red_mug"]
    at |= {"column": 9}
    assert "grasp-dropped" in ada.post("hover/x.tree.yaml", at).json()["about"]
    assert ada.post("hover/x.tree.yaml", at | {"column": 1}).json() == {"title": "", "about": ""}
    assert ada.post("completions/x.tree.yaml", at | {"line": 0}).status_code == 422
    assert ada.post("completions/%2e%2e/x.tree.yaml", at).status_code == 404
    good = text.replace("mugg", "mug")
    assert ada.post("format/fetch.tree.yaml", {"text": good}).json()["text"].startswith("tree:")
    assert ada.http.put("/api/files/fetch.tree.yaml", json={"text": good}).status_code == 200
    assert ada.get("files/fetch.tree.yaml").json()["text"] == good
    assert {"name": "fetch.tree.yaml", "kind": "tree"} in ada.get("files").json()
    for name in (
        "../out.tree.yaml",
        "%2e%2e/out.tree.yaml",
        "x.py",
        ".x.tree.yaml",
        "a/b.tree.yaml",
    ):
        answer = ada.http.put(f"/api/files/{name}", json={"text": good})
        assert answer.status_code in (404, 405), name
    assert not (served.folder / "out.tree.yaml").exists()
    broken = ada.post("format/fetch.tree.yaml", {"text": "tree: ["})
    assert broken.status_code == 422


def test_checking_runs_no_code_that_a_file_names(with_run):
    served, ada = with_run
    mark = served.folder / "mark"
    (served.folder / "files" / "evil.py").write_text(f"open({str(mark)!r}, 'w')\n")
    text = "bindings:\n  pick: evil.py:pick\n"
    assert ada.post("check/treehand.yaml", {"text": text}).status_code == 200
    assert not mark.exists()


def test_pictures_are_taken_when_somebody_asks(with_run):
    ada = with_run[1]
    assert ada.get("state").json()["cameras"] == ["overhead"]
    picture = ada.get("cameras/overhead")
    assert picture.headers["content-type"] in ("image/jpeg", "image/png")
    assert picture.content[:2] in (b"\xff\xd8", b"\x89P")


def pictures_of(answer):
    """Yield the pictures of a stream, each as soon as the next one is begun."""
    content = b""
    for part in answer.iter_raw():
        content += part
        *whole, content = content.split(b"--picture\r\nContent-Type: image/jpeg\r\n\r\n")
        yield from (one.removesuffix(b"\r\n") for one in whole if one)


def test_a_camera_streams_a_picture_for_each_change_and_none_without_one(own):
    served = own()
    ada = served.client(controls=True)
    assert codes(ada.get("cameras/nobody/stream")) == (404, "unknown-camera")
    with ada.http.stream("GET", "/api/cameras/overhead/stream") as answer:
        assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=picture"
        pictures = pictures_of(answer)
        first = next(pictures)
        assert first == ada.get("cameras/overhead").content
        ada.begin()
        ada.ended()
        second = next(pictures)  # not the first one again, however long it was looked at before
        assert second != first
    with ada.http.stream("GET", "/api/cameras/overhead/stream") as answer:
        pictures = pictures_of(answer)
        assert next(pictures)
        served.server.close()
        assert list(pictures) == []


def test_all_streams_share_one_wake_up_and_the_encoded_events(own):
    served = own()
    ada = served.client()
    feed = served.server.feed
    assert feed.subscribers_n == 0
    with ExitStack() as streams:
        answers = [
            streams.enter_context(ada.http.stream("GET", "/api/events", params={"after": ""}))
            for _ in range(3)
        ]
        read = [sse(one.iter_lines()) for one in answers]
        for one in read:
            assert next(one)[0] == "desk"
        assert feed.subscribers_n == 1
        feed.put("", 0, Held(t_s=0.0, by="Ada"))
        for one in read:
            while (found := next(one))[0] == "desk":
                pass
            assert found[1]["event"]["by"] == "Ada"
    told = ada.until(lambda desk: True)  # the pulse begins again after the last stream has ended
    assert told["viewers"]


def test_a_changed_plan_tells_its_steps_as_a_difference(own):
    ada = own().client(controls=True)
    first = ada.get(f"plans/{ada.plan('put the red mug in the sink')}").json()
    assert first["step_changes"] == first["changes"] == []
    goal = "put the red mug in the sink and open the fridge"
    second = ada.get(f"plans/{ada.plan(goal)}").json()
    marks = {mark: [] for mark in " +-"}
    for one in second["step_changes"]:
        marks[one[0]].append(one[1:])
    before, now = ([one["call"] for one in plan["steps"]] for plan in (first, second))
    assert [one[1:] for one in second["step_changes"] if one[0] != "+"] == before
    assert [one[1:] for one in second["step_changes"] if one[0] != "-"] == now
    assert marks[" "]
    assert "open(fridge)" in marks["+"]
    assert second["changes"]


def test_a_run_without_recorded_motion_offers_no_pictures(with_run):
    ada = with_run[1]
    assert not ada.get("runs/1").json()["has_pictures"]
    assert codes(ada.get("runs/1/picture")) == (404, "no-pictures")
    assert codes(ada.get("runs/1/cameras")) == (404, "no-pictures")
    assert codes(ada.get("runs/1/picture", at=10**9)) == (404, "out-of-range")
    assert codes(ada.get("runs/77/picture")) == (404, "unknown-run")


def test_a_past_run_is_explained(with_run):
    lines = with_run[1].get("runs/1/explanation", question="what did it do?").json()
    assert any("pick(red_mug)" in line for line in lines)


def test_the_run_does_not_wait_for_a_client_that_does_not_read(own):
    served = own()
    ada = served.client(controls=True)
    streams = []
    for _ in range(6):
        request = ada.http.build_request("GET", "/api/events")
        streams.append(ada.http.send(request, stream=True))
    began_s = time.perf_counter()
    for number in range(20_000):  # 200 bytes each: more than the buffers of six sockets hold
        served.server.feed.put("", 0, Held(t_s=float(number), by="x" * 150))
    assert time.perf_counter() - began_s < 5.0  # 0.1 s; nobody was waited for
    ada.begin()
    ends_s = time.monotonic() + 60.0
    while served.server.desk.work == "running":
        assert time.monotonic() < ends_s
        served.server.person.cancel()
    assert served.server.desk.result.outcome == "success"
    for stream in streams:
        stream.close()


def test_the_description_names_every_operation_and_its_errors(with_run):
    told = with_run[1].get("openapi.json").json()
    assert told["openapi"].startswith("3.1")
    offered = {(path, method) for path, one in told["paths"].items() for method in one}
    assert ("/api/plans/{hash}/approve", "post") in offered
    for path, methods in told["paths"].items():
        for method, one in methods.items():
            assert one["summary"].endswith("."), (path, method)
            assert {"421", "403"} <= set(one["responses"]), (path, method)
    assert json.dumps(told).count("$ref")


def test_a_past_run_is_forked(own):
    served = own()
    ada, bob = served.client("Ada", controls=True), served.client("Bob")
    ada.begin()
    ada.ended()
    body = {"tick": 1, "change": "pick(red_mug)=timeout"}
    assert codes(bob.post("runs/1/fork", body)) == (403, "not-in-control")
    told = ada.post("runs/1/fork", body).json()
    assert "after" in told, told
    assert told["after"]["text"] == "✘ pick(red_mug) timeout: injected before the skill"
    assert (told["outcome"], told["fork_outcome"]) == ("success", "success")
    assert codes(ada.post("runs/9/fork", body)) == (404, "unknown-run")
    assert codes(ada.post("runs/1/fork", {**body, "tick": 999})) == (422, "out-of-range")
    assert codes(ada.post("runs/1/fork", {**body, "tick": 0})) == (422, "wrong-request")
    wrong = {**body, "change": "gone(red_mug)=true"}
    assert codes(ada.post("runs/1/fork", wrong)) == (422, "unknown-fact")
    assert len(ada.get("runs").json()) == 1


def test_metrics_are_for_viewers_and_count_runs(own):
    served = own()
    ada = served.client("Ada", controls=True)
    assert ada.approve(hash_ := ada.plan()).status_code == 200
    assert ada.post("runs", {"hash": hash_}).status_code == 202
    ada.ended()
    assert httpx.get(f"{served.url}/metrics").status_code == 401
    answer = ada.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert 'treehand_runs_total{outcome="success"} 1' in lines
    assert 'treehand_skills_total{skill="pick",result="success",code=""} 1' in lines


def test_the_goals_to_begin_with_are_those_of_the_domain(own):
    config = Path(th.__file__).parents[1] / "examples" / "warehouse" / "treehand.yaml"
    served = own(deployment=Deployment.load(DeploymentOverrides(config=config)))
    examples = served.client("Ada").get("state").json()["examples"]
    assert "pack the lamp in the parcel" in examples
