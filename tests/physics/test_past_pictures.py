"""The server draws any moment of a past physics run from the motion that was kept."""

import importlib.util
import shutil

import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)

from tests.web.conftest import ServedKitchen
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides

GOAL = "turn off the burner"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server whose first run kept its motion."""
    deployment = Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    folder = tmp_path_factory.mktemp("physics")
    served = ServedKitchen(folder, deployment=deployment, keeps_states=True, speed=None)
    yield served
    served.close()


@pytest.fixture(scope="module")
def ada(served):
    client = served.client(controls=True)
    if client.get("cameras/overview").status_code == 501:
        pytest.skip("nothing can be drawn here")
    client.begin(GOAL)
    assert client.ended()["result"]["outcome"] == "success"
    return client


def test_any_moment_of_a_past_run_is_drawn(ada):
    assert ada.get("runs/1").json()["has_pictures"]
    events = ada.get("runs/1/events").json()
    last = events[-1]["seq"]
    moved = next(one["seq"] for one in events if one["event"]["t_s"] > 0.5)
    assert 1 < moved < last
    drawn = {at: ada.get("runs/1/picture", at=at) for at in (1, moved, last)}
    for at, picture in drawn.items():
        assert picture.status_code == 200, picture.text
        assert picture.headers["content-type"] in ("image/jpeg", "image/png")
        told_s = float(picture.headers["x-run-time"])
        assert told_s == pytest.approx(events[at - 1]["event"]["t_s"], abs=0.2)
    assert len({picture.content for picture in drawn.values()}) == 3, "the arm moved"
    assert ada.get("runs/1/picture").content == drawn[last].content
    assert ada.get("runs/1/picture", at=1).content == drawn[1].content


def test_a_moment_is_drawn_as_any_camera_of_the_robot_saw_it(ada):
    cameras = ada.get("runs/1/cameras").json()
    assert cameras == ada.get("state").json()["cameras"]
    assert len(cameras) > 1
    drawn = [ada.get("runs/1/picture", at=1, camera=one) for one in ("", *cameras)]
    assert [one.status_code for one in drawn] == [200] * len(drawn)
    assert len({one.content for one in drawn}) == len(drawn)
    wrong = ada.get("runs/1/picture", at=1, camera="roof")
    assert (wrong.status_code, wrong.json()["code"]) == (404, "unknown-camera")
    assert cameras[0] in wrong.json()["hint"]


@pytest.mark.browser
def test_the_page_shows_the_film_at_the_slider(served, ada):
    api = pytest.importorskip("playwright.sync_api", reason="needs the extra dev-web")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no browser: apt install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{served.url}/#/runs/0001/1")
        page.get_by_label("Your name").fill("Eve")
        page.get_by_label("Code").fill(served.server.viewers.invite())
        page.get_by_role("button", name="Enter").click()
        film = page.get_by_role("region", name="Film")
        film.get_by_role("img", name="The world at 0 s").wait_for()
        before = film.get_by_role("img").get_attribute("src")
        page.get_by_role("slider", name="Moment of the run").press("End")
        api.expect(film.get_by_role("img")).not_to_have_attribute("src", before)
        assert page.evaluate("document.querySelector('.film img').naturalWidth") > 0
        last = film.get_by_role("img").get_attribute("src")
        film.get_by_label("Camera").select_option("wrist")
        api.expect(film.get_by_role("img")).not_to_have_attribute("src", last)
        browser.close()


@pytest.mark.parametrize(
    ("at", "status", "code"),
    [("0", 404, "out-of-range"), ("999999", 404, "out-of-range"), ("x", 422, "wrong-request")],
)
def test_a_moment_outside_of_the_run_is_an_error(ada, at, status, code):
    answer = ada.get("runs/1/picture", at=at)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_damaged_motion_is_told(served, ada):
    states = served.workspace.find_run("1").states
    content = states.read_bytes()
    try:
        states.write_bytes(b"something else")
        answer = ada.get("runs/1/picture")
        assert (answer.status_code, answer.json()["code"]) == (500, "damaged-states")
    finally:
        states.write_bytes(content)


def test_motion_that_was_pruned_is_told(served, ada):
    states = served.workspace.find_run("1").states
    content = states.read_bytes()
    try:
        served.workspace.find_run("1").drop_states()
        assert not ada.get("runs/1").json()["has_pictures"]
        answer = ada.get("runs/1/picture")
        assert (answer.status_code, answer.json()["code"]) == (404, "no-pictures")
    finally:
        states.write_bytes(content)
