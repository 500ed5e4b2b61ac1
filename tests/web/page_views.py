"""Every view of the page, one after the other, with something in it."""

from tests.web.test_suite import BAD, GOOD, write

GOAL = "put the red mug in the sink"
FAULTY = """\
tree: fetch
domain: kitchen
root:
  sequence:
    - do: pick(red_mug)
      retry: {attempts: 3, on: [grasp-dropped]}
    - do: put_in(red_mug, snk)
"""


def prepare(own):
    """Return a server with files for all views; its first grasp drops the mug."""
    served = own(speed=None, faults=("grasp-dropped@pick(red_mug):1",))
    write(served.folder / "files", sink=GOOD, drop=BAD)
    (served.folder / "files" / "fetch.tree.yaml").write_text(FAULTY)
    return served


def until_drawn(page, picture):
    """Wait for a picture in the place of the blank of one pixel.

    `wait_for_function` cannot: from its second look on it evaluates a string in the page, which
    the page's Content-Security-Policy forbids.
    """
    for _ in range(600):
        if picture.evaluate("one => one.naturalWidth") > 1:
            return
        page.wait_for_timeout(50)
    raise AssertionError("no picture after 30 s")


def each_view(page):
    """Bring the page of a server that was prepared from view to view, and yield their names."""
    button = page.get_by_role
    facts = page.get_by_role("region", name="Facts")
    facts.get_by_role("row", name="hand_empty").wait_for()
    facts.get_by_placeholder("filter").fill("red_mug")
    camera = page.get_by_role("img", name="Camera overhead")
    page.get_by_role("region", name="Cameras").scroll_into_view_if_needed()
    camera.wait_for()
    until_drawn(page, page.locator(".view img"))
    yield "now"
    _plan(page, "put the mug in the sink")
    page.get_by_role("region", name="A question about the words").wait_for()
    yield "question"
    _plan(page, "clean the kitchen")
    card = page.get_by_label("Approve", exact=True)
    card.get_by_text("throw_away(can, bin)").first.wait_for()
    yield "approve"
    _plan(page, GOAL)
    card.get_by_text("put_in(red_mug, sink)").first.wait_for()
    button("button", name="Approve and run").click()
    page.get_by_role("heading", name="Run 0001: success").wait_for()
    page.get_by_role("treeitem").last.click()
    page.get_by_text("Last visits").wait_for()
    yield "done"
    button("button", name="You have control").click()
    page.get_by_role("dialog", name="Viewers").wait_for()
    yield "viewers"
    button("button", name="You have control").click()
    button("link", name="Look back").click()
    button("button", name=GOAL).click()
    button("button", name="‹ failure").click()
    page.get_by_role("treeitem", name="skill pick(red_mug)").first.wait_for()
    yield "look back"
    button("link", name="Write").click()
    button("button", name="fetch", exact=True).click()
    findings = page.get_by_role("list", name="Findings").get_by_role("button")
    findings.get_by_text("7:26").or_(findings).first.wait_for()
    yield "write"
    button("link", name="Test").click()
    button("button", name="Run all").click()
    page.get_by_role("region", name="Test run 1").get_by_text("2 of 3 as expected").wait_for()
    button("button", name="a drop that is not forgiven, seed 0: failed").click()
    page.get_by_role("slider", name="Moment of the run").wait_for()
    yield "test"
    button("link", name="Now").click()
    button("button", name="Stop the robot").click()
    page.get_by_role("alert", name="Stopped").wait_for()
    page.get_by_role("region", name="Cameras").scroll_into_view_if_needed()
    camera.wait_for()
    yield "stopped"


def _plan(page, words):
    page.get_by_label("What shall be done?").fill(words)
    page.get_by_role("button", name="Plan", exact=True).click()
