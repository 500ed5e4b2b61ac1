"""A call that does not return, on the page: what a person sees and can do."""

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="needs the extra dev-web")

from tests.web.test_page import GOAL, approve, chromium, expect, plan, pytestmark, visit
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills.domain import Fact

__all__ = ["chromium", "pytestmark", "visit"]
SKILL = """\
import time
from pathlib import Path

from treehand.skills import skill


@skill("pick")
def pick(context, item):
    told = Path(__file__).with_name("told")
    ends_s = time.monotonic() + 60
    while not told.exists() and time.monotonic() < ends_s:
        time.sleep(0.01)
    context.embodiment.manipulator.turn_knob("right_knob", is_on=True)
    yield
"""


PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "connect_your_robot.md"
LOOK = """\
        while Path("hold").exists():
            time.sleep(0.01)
"""


@pytest.fixture
def late(tmp_path, own):
    """A server whose pick waits in its first step until the file `told` is there."""
    (tmp_path / "late.py").write_text(SKILL)
    config = tmp_path / "treehand.yaml"
    config.write_text("overdue: 200 ms\nbindings: {pick: late.py:pick}\n")
    return own(speed=1.0, deployment=Deployment.load(DeploymentOverrides(config=config)))


def begin(page):
    """Plan, approve, and return what is told of the call that does not return."""
    plan(page, GOAL)
    approve(page)
    told = page.get_by_role("region", name="A call does not return")
    told.wait_for()
    return told


def test_a_call_that_does_not_return_is_told_until_it_does(late, visit):
    page = visit(late, width=360, height=740)
    told = begin(page)
    line = next(n for n, text in enumerate(SKILL.splitlines(), 1) if "time.sleep" in text)
    expect(told.get_by_role("alert")).to_contain_text("pick(red_mug) has not returned")
    expect(told).to_contain_text(re.compile(rf"step\(\).*late\.py:({line}|{line - 1}) in pick"))
    expect(told.get_by_text("2 s", exact=True)).to_be_visible()  # it counts
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    running = page.get_by_role("treeitem", name="skill pick(red_mug), running")
    expect(running).to_be_visible()  # its first tick has not ended
    page.reload()
    expect(told).to_contain_text("pick(red_mug) has not returned")
    page.get_by_role("link", name="Test").click()
    told.get_by_role("button", name="pick(red_mug)").click()
    expect(page.locator(".details h3")).to_contain_text("pick(red_mug)")
    (late.folder / "told").touch()
    expect(told).to_have_count(0)
    returned = page.get_by_role("region", name="Journal")
    expect(returned).to_contain_text("pick(red_mug) has returned from step() after")


def test_a_stop_holds_while_a_call_does_not_return(late, visit):
    page = visit(late)
    told = begin(page)
    told.get_by_role("button", name="Stop now").click()
    stopped = page.get_by_role("alert", name="Stopped")
    expect(stopped).to_contain_text("robot kitchen")
    expect(stopped).to_contain_text("step() has not returned")
    expect(told).to_contain_text("The stop holds")
    expect(told.get_by_role("button", name="Stop now")).to_have_count(0)
    expect(page.get_by_role("button", name="Look and re-arm…")).to_have_count(0)
    (late.folder / "told").touch()
    page.get_by_role("heading", name="Run 0001: interrupted").wait_for()
    expect(told).to_have_count(0)
    expect(page.get_by_role("button", name="Look and re-arm…")).to_be_visible()
    truth = late.server.desk.robot.world.world.truth()
    assert truth.value(Fact("is_on", ("right_knob",))) is not True


def test_a_look_that_does_not_return_is_told_until_it_does(tmp_path, own, visit, monkeypatch):
    for text in re.findall(r"```(?:yaml|python)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        (tmp_path / re.match(r"# (\S+)\n", text)[1]).write_text(text)
    robot = tmp_path / "my_robot.py"
    begin, body = robot.read_text().split("    def perceive(self):\n")
    head = "import time\nfrom pathlib import Path\n"
    robot.write_text(f"{head}{begin}    def perceive(self):\n{LOOK}{body}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    served = own(speed=1.0, deployment=Deployment.load())
    page = visit(served)
    page.get_by_role("button", name="Stop the robot").click()
    Path("hold").touch()
    page.get_by_role("button", name="Look and re-arm…").click()
    told = page.get_by_role("region", name="A call does not return")
    expect(told).to_contain_text("world 'bench' has not returned")
    expect(told).to_contain_text(re.compile(r"perceive.*my_robot\.py:\d+ in perceive"))
    expect(told).to_contain_text("The look is broken off after")
    Path("hold").unlink()
    page.get_by_role("button", name="The way is clear: re-arm").wait_for()
    expect(told).to_have_count(0)
