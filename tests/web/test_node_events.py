"""What a node made happen, and what language models were asked, at any moment of a past run."""

from dataclasses import replace

import pytest

pytest.importorskip("playwright.sync_api", reason="needs the extra dev-web")

from tests.endpoint import says, serving
from tests.web.test_page import GOAL, approve, chromium, expect, plan, pytestmark, visit
from treehand.orchestrator.config.deployment import Deployment
from treehand.planners.llm import ModelSettings

__all__ = ["chromium", "pytestmark", "visit"]
WORDS = "would you mind storing the red mug inside the cupboard"
ANSWER = {
    "status": "plan",
    "goal": [{"fact": "in", "of": {"item": "red_mug", "place": "cupboard"}, "is": True}],
    "question": "",
    "options": [],
    "reason": "",
}


def test_a_node_lists_its_events_and_a_press_goes_to_their_moment(own, visit):
    page = visit(own(speed=None, faults=("grasp-dropped@pick(red_mug):1",)))
    plan(page, GOAL)
    approve(page)
    page.get_by_role("heading", name="Run 0001: success").wait_for()
    page.get_by_role("button", name="Open all").click()
    page.get_by_role("treeitem", name="skill pick(red_mug)").first.click()
    made = page.get_by_role("list", name="Events of this node").get_by_role("listitem")
    expect(made.last).to_contain_text("pick(red_mug) begins")
    expect(made.filter(has_text="grasp-dropped").first).to_be_visible()
    page.get_by_role("link", name="Look back").click()
    page.get_by_role("button", name=GOAL).click()
    page.get_by_role("button", name="‹ failure").click()
    page.get_by_role("treeitem", name="skill pick(red_mug)").first.click()
    first = made.last.get_by_role("button", name="pick(red_mug) begins")
    first.click()
    expect(made).to_have_count(1)  # those up to the moment
    expect(page.locator(".journal .here")).to_contain_text("pick(red_mug) begins")


def test_a_past_run_shows_what_models_were_asked_and_answered(own, visit):
    with serving(says(ANSWER, tokens=(700, 40))) as endpoint:
        llm = ModelSettings(model="openai:m", base_url=endpoint.url, retries=0)
        page = visit(own(speed=None, deployment=replace(Deployment.load(), llm=llm)))
        plan(page, WORDS)
        approve(page)
        page.get_by_role("heading", name="Run 0001: success").wait_for()
    page.get_by_role("link", name="Look back").click()
    page.get_by_role("list").get_by_role("button", name="success").first.click()
    calls = page.get_by_role("region", name="Model calls")
    expect(calls.get_by_role("listitem").first).to_contain_text("700 tokens in · 40 tokens out")
    calls.get_by_text("Prompt", exact=True).first.click()
    expect(calls.get_by_role("region", name="Prompt").first).to_contain_text(WORDS)
    calls.get_by_text("Answer", exact=True).first.click()
    expect(calls.get_by_role("region", name="Answer").first).to_contain_text("red_mug")
