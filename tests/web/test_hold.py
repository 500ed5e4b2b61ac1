"""Breakpoints over HTTP: they need control, and every wrong request is a typed error."""

import time

import pytest

from tests.web.conftest import ServedKitchen
from treehand.trees import Breakpoint


@pytest.fixture
def held(tmp_path):
    kitchen = ServedKitchen(tmp_path, speed=50.0)
    yield kitchen
    kitchen.close()


def wait_for(is_so):
    ends_s = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < ends_s
        time.sleep(0.01)


def test_a_controller_holds_steps_states_and_goes_on(held):
    ada, eve = held.client("Ada", controls=True), held.client("Eve")
    point = {"node": "pick(red_mug)", "moment": "before"}
    assert ada.http.post("/api/breakpoints", json=point).json()["breakpoints"] == [point]
    plan = ada.http.post("/api/proposals", json={"text": "put the red mug in the sink"}).json()
    ada.http.post(f"/api/plans/{plan['hash']}/approve", json={})
    ada.http.post("/api/runs", json={"hash": plan["hash"]})
    wait_for(lambda: eve.http.get("/api/hold").json()["nodes"])
    stated = {"fact": "on(red_mug, table)", "value": True}
    for path, body in (("go-on", None), ("step", None), ("facts", stated)):
        refused = eve.http.post(f"/api/hold/{path}", json=body)
        assert refused.status_code == 403, path
    wrong = ada.http.post("/api/hold/facts", json={"fact": "on(red_mug, moon)", "value": True})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown-fact")
    assert ada.http.post("/api/hold/facts", json=stated).status_code == 200
    facts = {one["fact"]: one for one in eve.http.get("/api/facts").json()}
    assert facts["on(red_mug, table)"]["source"] == "person"
    assert ada.http.post("/api/hold/step").status_code == 200
    wait_for(lambda: "put_in" in str(ada.http.get("/api/state").json()["desk"]["hold"]["nodes"]))
    assert ada.http.post("/api/hold/go-on").status_code == 200
    wait_for(lambda: ada.http.get("/api/state").json()["desk"]["work"] == "idle")
    assert ada.http.get("/api/state").json()["desk"]["result"]["outcome"] == "success"


def test_what_cannot_be_done_is_a_typed_error(held):
    ada = held.client("Ada", controls=True)
    point = {"node": "pick(red_mug)"}
    answers = [
        ada.http.post("/api/hold"),
        ada.http.post("/api/hold/go-on"),
        ada.http.post("/api/hold/step"),
        ada.http.post("/api/hold/facts", json={"fact": "hand_empty()", "value": True}),
        ada.http.post("/api/breakpoints/remove", json=point),
        ada.http.post("/api/breakpoints", json={"node": "a\nb"}),
        ada.http.post("/api/breakpoints", json={"node": "a", "moment": "during"}),
        ada.http.post("/api/breakpoints", json={"node": "nope("}),
        ada.http.post(
            "/api/breakpoints",
            content='{"node": "a", "node": "b"}',
            headers={"content-type": "application/json"},
        ),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (409, "no-run"),
        (409, "no-run"),
        (409, "no-run"),
        (409, "no-run"),
        (404, "unknown-breakpoint"),
        (422, "wrong-breakpoint"),
        (422, "wrong-request"),
        (422, "wrong-breakpoint"),
        (422, "wrong-request"),
    ]
    assert ada.http.get("/api/hold").json()["breakpoints"] == []


def test_every_step_of_a_run_fits_a_node_of_the_tree_that_was_approved(own):
    ada = own(speed=None).client("Ada", controls=True)
    goal = "turn off the stove and put the bowls in the dishwasher"
    plan = ada.plan(goal)
    planned = []

    def add(node):
        planned.append(Breakpoint(node["pattern"] or node["path"]))
        for child in node["children"]:
            add(child)

    add(ada.get(f"plans/{plan}/tree").json()["root"])
    ada.begin(goal)
    ada.ended()
    events = [one["event"] for one in ada.get("runs/0001/events").json()]
    begun = [event["path"] for event in events if event["event"] == "skill-started"]
    assert any(": " in path for path in begun)
    assert [path for path in begun if not any(one.fits(path) for one in planned)] == []
