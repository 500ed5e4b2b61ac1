"""The page's view of scenarios and campaigns in a real browser."""

import pytest

pytest.importorskip("playwright.sync_api", reason="needs the extra dev-web")

from tests.web.test_page import chromium, expect, visit  # noqa: F401
from tests.web.test_page import pytestmark as in_a_browser
from tests.web.test_suite import BAD, GOOD, SLOW, write

pytestmark = in_a_browser


def test_scenarios_are_run_and_a_failed_cell_opens_its_story(own, visit):  # noqa: F811
    served = own()
    write(served.folder / "files", sink=GOOD, drop=BAD)
    page = visit(served)
    page.get_by_role("link", name="Test").click()
    page.get_by_role("button", name="Run all").click()
    failed = page.get_by_role("button", name="a drop that is not forgiven, seed 0: failed")
    failed.click()
    story = page.get_by_role("region", name="seed 0")
    expect(story.get_by_text("outcome is success, not failure").first).to_be_visible()
    expect(story.get_by_text("drop.scenario.yaml --seed 0").first).to_be_visible()
    expect(page.get_by_role("tree", name="Behavior tree")).to_be_visible()
    page.get_by_role("slider", name="Moment of the run").press("Home")
    page.get_by_role("region", name="Test run 1").get_by_text("2 of 3 as expected").wait_for()
    failed.press("ArrowDown")
    expect(page.locator("button.cell:focus")).to_have_attribute(
        "aria-label", "the mug goes to the sink, seed 0: passed"
    )
    page.get_by_role("button", name="drop a drop that is not forgiven").click()
    earlier = page.get_by_role("region", name="Earlier results")
    expect(earlier.get_by_role("row")).to_have_count(2)


def test_tests_are_stopped_on_a_narrow_screen(own, visit):  # noqa: F811
    served = own()
    write(served.folder / "files", slow=SLOW)
    page = visit(served, width=360, height=740)
    page.get_by_role("link", name="Test").click()
    page.get_by_label("Choose slow.scenario.yaml").check()
    page.get_by_role("button", name="Run 1 chosen").click()
    page.get_by_role("button", name="Stop the tests").click()
    stopped = page.get_by_role("region", name="Test run 1").get_by_role("status")
    expect(stopped).to_contain_text("stopped")
    expect(page.get_by_role("button", name="Run 1 chosen")).to_be_enabled()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
