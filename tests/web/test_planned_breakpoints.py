"""Breakpoints of a plan that waits for approval, on the page."""

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="needs the extra dev-web")

from tests.web.test_page import GOAL, approve, choose, chromium, expect, plan, pytestmark, visit
from treehand.trees import Breakpoint

__all__ = ["chromium", "pytestmark", "visit"]
SOURCE = Path(__file__).parents[2] / "treehand" / "web" / "page" / "source" / "breakpoints.js"
PATTERNS = ("pick(a)", "r/s/pick(a)", "r/**", "r/*/pick(*", "**", "*", "s", "r/**/put(*)", "x")
PATHS = ("r", "r/s", "r/s/pick(a)", "r/s/t/put(a, b)", "r/pick(a)", "s/s", "")


def test_a_run_is_held_where_its_plan_was_marked_before_approval(own, visit):
    served = own(speed=20.0)
    page = visit(served)
    plan(page, GOAL)
    planned = page.get_by_role("region", name="Tree to approve")
    choose(planned, "put_in(red_mug")
    planned.get_by_role("button", name="hold before").click()
    marked = planned.get_by_role("treeitem", name="skill put_in(red_mug, sink), idle, holds before")
    expect(marked.locator(".hold")).to_have_count(1)
    card = page.get_by_role("region", name="Approve", exact=True)
    holds = card.get_by_role("list", name="The run will be held").get_by_role("listitem")
    expect(holds).to_contain_text(["before put_in(red_mug, sink)"])
    approve(page)
    held = page.get_by_role("region", name="Held")
    expect(held.locator(".held-at")).to_contain_text("before put_in(red_mug, sink)")
    held.get_by_role("button", name="Remove").click()
    held.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Run 0001: success").wait_for()


def test_a_breakpoint_that_holds_nothing_of_a_plan_is_told(own, visit):
    served = own(speed=None)
    ada = served.client("Program", controls=True)
    for node in ("pick(plate)", "**/put_in(*"):
        assert ada.post("breakpoints", {"node": node, "moment": "after"}).is_success
    ada.http.delete("/api/control")
    page = visit(served)
    plan(page, GOAL)
    holds = page.get_by_role("list", name="The run will be held").get_by_role("listitem")
    expect(holds).to_contain_text(["pick(plate) not in this plan", "put_in(* "])
    expect(holds.last).not_to_contain_text("not in")
    holds.first.get_by_role("button", name="Remove").click()
    expect(holds).to_have_count(1)
    page.set_viewport_size({"width": 360, "height": 740})
    box = holds.get_by_role("button", name="Remove").bounding_box()
    assert box["x"] + box["width"] <= 340


def test_a_node_that_is_shown_once_for_all_objects_holds_for_each_of_them(own, visit):
    served = own(speed=20.0)
    page = visit(served)
    plan(page, "make the stove safe")
    planned = page.get_by_role("region", name="Tree to approve")
    planned.get_by_role("button", name="Open all").click()
    planned.get_by_role("treeitem", name="skill turn_off(k)").first.click()
    planned.get_by_role("button", name="hold before").click()
    marked = planned.get_by_role("treeitem", name="skill turn_off(k), idle, holds before")
    expect(marked).to_have_count(1)
    approve(page)
    held = page.get_by_role("region", name="Held")
    expect(held.locator(".held-at")).to_contain_text("before turn_off(left_knob)")
    held.get_by_role("button", name="turn_off(left_knob)").click()
    switches = page.get_by_role("group", name="Breakpoints of this node")
    expect(switches).to_contain_text(re.compile(r"also held before, by .*turn_off\(\*\)"))
    held.get_by_role("button", name="Remove").click()
    held.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Run 0001: success").wait_for()


def test_a_breakpoint_of_one_object_is_told_to_hold_in_a_loop(own, visit):
    served = own(speed=None)
    ada = served.client("Program", controls=True)
    assert ada.post("breakpoints", {"node": "turn_off(left_knob)"}).is_success
    ada.http.delete("/api/control")
    page = visit(served)
    plan(page, "make the stove safe")
    holds = page.get_by_role("list", name="The run will be held").get_by_role("listitem")
    expect(holds).to_contain_text(["turn_off(left_knob)"])
    expect(holds.first).not_to_contain_text("not in this plan")


def test_the_page_and_the_server_read_patterns_alike(chromium):
    text = SOURCE.read_text().replace('import { useMemo } from "preact/hooks";', "")
    context = chromium.new_context()
    page = context.new_page()
    got = page.evaluate(
        "async ([text, patterns, paths]) => {"
        " const made = await import('data:text/javascript,' + encodeURIComponent(text));"
        " return patterns.map((one) => paths.map((path) => made.fits(one, path))); }",
        [text, PATTERNS, PATHS],
    )
    context.close()
    assert got == [[Breakpoint(one).fits(path) for path in PATHS] for one in PATTERNS]
