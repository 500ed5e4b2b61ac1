"""The page in a real browser, as people use it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the extra dev-web")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no browser: apt install chromium"),
]
expect = sync_api.expect
LONG_MS = 60_000
expect.set_options(timeout=LONG_MS)
GOAL = "put the red mug in the sink"


@pytest.fixture(scope="module")
def chromium():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Opens the page as a person with a browser of their own."""
    contexts = []

    def enter(served, name="Ada", *, width=1280, height=900, scheme="light"):
        size = {"width": width, "height": height}
        context = chromium.new_context(viewport=size, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LONG_MS)
        problems = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.problems = problems
        page.goto(served.url)
        page.get_by_label("Your name").fill(name)
        page.get_by_label("Code").fill(served.server.viewers.invite())
        page.get_by_role("button", name="Enter").click()
        page.get_by_role("button", name="Stop the robot").wait_for()
        return page

    yield enter
    for context in contexts:
        for page in context.pages:
            assert not getattr(page, "problems", [])
        context.close()


def plan(page, words):
    page.get_by_label("What shall be done?").fill(words)
    page.get_by_role("button", name="Plan", exact=True).click()


def choose(region, words):
    """Choose a node of a large tree, wherever it is."""
    region.get_by_label("Find a node").fill(words)
    region.get_by_label("Find a node").press("Enter")


def approve(page):
    page.get_by_role("button", name="Approve and run").click()


def test_a_kitchen_is_planned_approved_and_cleaned(own, visit):
    page = visit(own(speed=60.0))
    plan(page, "clean the kitchen")
    card = page.get_by_label("Approve", exact=True)
    expect(card.get_by_text("Cannot be undone").first).to_be_visible()
    expect(card.get_by_text("throw_away(can, bin)").first).to_be_visible()
    planned = page.get_by_role("region", name="Tree to approve")
    choose(planned, "throw_away")
    expect(planned.locator(".details")).to_contain_text("cannot be undone")
    approve(page)
    run = page.get_by_role("region", name="Run 0001")
    expect(run.get_by_text("clean the kitchen")).to_be_visible()
    expect(page.get_by_role("tree", name="Behavior tree")).to_be_visible()
    for step in ("throw_away(can, bin)", "throw_away(wrapper, bin)"):
        asked = page.get_by_role("region", name="The robot asks")
        expect(asked.get_by_text(f"{step} cannot be undone")).to_be_visible()
        asked.get_by_role("button", name="yes").click()
    page.get_by_role("heading", name="Run 0001: success").wait_for(timeout=120_000)
    expect(run.get_by_text("goal really holds: yes")).to_be_visible()


def test_a_drop_and_the_recovery_from_it_are_visible(own, visit):
    page = visit(own(speed=20.0, faults=("grasp-dropped@pick(red_mug):1",)))
    plan(page, "put the red mug in the sink")
    approve(page)
    page.get_by_role("heading", name="Run 0001: success").wait_for()
    journal = page.get_by_role("region", name="Journal")
    expect(journal.get_by_text("pick(red_mug): grasp-dropped").first).to_be_visible()
    expect(journal.get_by_text("attempt 2 of").first).to_be_visible()


def test_a_stop_in_mid_run_is_answered_and_lifted_after_a_look(own, visit):
    page = visit(own(speed=1.0))
    plan(page, GOAL)
    approve(page)
    page.get_by_role("treeitem", name="running").first.wait_for()
    page.get_by_role("button", name="Stop the robot").click()
    banner = page.get_by_role("alert", name="Stopped")
    expect(banner.get_by_text("✔ at rest").first).to_be_visible()
    expect(banner.get_by_text("robot kitchen")).to_be_visible()
    expect(page).to_have_title("STOPPED – kitchen – Treehand")
    page.get_by_role("heading", name="Run 0001: interrupted").wait_for()
    banner.get_by_role("button", name="Look and re-arm").click()
    banner.get_by_role("button", name="The way is clear").click()
    expect(banner).to_be_hidden()


def test_a_stop_that_cannot_be_sent_says_so_and_is_sent_again(own, visit):
    page = visit(own(speed=1.0))
    plan(page, GOAL)
    approve(page)
    page.get_by_role("treeitem", name="running").first.wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Stop the robot").click()
    unsent = page.get_by_role("alert", name="STOP not sent")
    expect(unsent).to_contain_text("Use the robot's own stop")
    page.context.set_offline(False)
    expect(page.get_by_role("alert", name="Stopped").get_by_text("✔ at rest").first).to_be_visible()
    expect(unsent).to_be_hidden()
    expect(page.get_by_role("button", name="Stop the robot")).to_have_text("STOP")


def test_a_question_about_the_words_is_answered(own, visit):
    page = visit(own(speed=60.0))
    plan(page, "put the mug in the sink")
    asked = page.get_by_role("region", name="A question about the words")
    asked.get_by_role("button").first.click()
    page.get_by_label("Approve", exact=True).wait_for()


def test_a_question_of_the_run_is_answered(own, visit):
    served = own(speed=60.0)
    page = visit(served)
    ada = served.client("Program", controls=True)
    tree = "tree: asking\nroot:\n  ask: {question: Is the way clear?, options: [go on, leave]}\n"
    hash_ = ada.post("proposals/tree", {"text": tree}).json()["hash"]
    ada.approve(hash_)
    ada.post("runs", {"hash": hash_})
    asked = page.get_by_role("region", name="The robot asks")
    expect(asked.get_by_text("Is the way clear?")).to_be_visible()
    ada.post("control/hand-over", {"to": page_viewer(ada)})
    asked.get_by_role("button", name="go on").click()
    page.get_by_role("heading", name="Run 0001: success").wait_for()


def page_viewer(client):
    """Return the id of the viewer that is no program."""
    return next(one["id"] for one in client.state()["viewers"] if one["name"] == "Ada")


def test_two_viewers_see_the_same_and_both_stop(own, visit):
    served = own(speed=1.0)
    ada, bob = visit(served, "Ada"), visit(served, "Bob", width=360, height=740, scheme="dark")
    plan(ada, GOAL)
    approve(ada)
    for page in (ada, bob):
        page.get_by_role("heading", name="Run 0001").wait_for()
        page.get_by_role("treeitem", name="running").first.wait_for()
    expect(bob.get_by_role("button", name="Ada has control")).to_be_visible()
    header = bob.locator("header.top")
    brand, views = header.get_by_role("link", name="Treehand"), header.get_by_role("navigation")

    def stand_in_one_row():
        above = brand.bounding_box()
        return views.bounding_box()["y"] < above["y"] + above["height"]

    assert stand_in_one_row(), "while it runs"
    bob.get_by_role("button", name="Stop the robot").click()
    for page in (ada, bob):
        expect(page.get_by_role("alert", name="Stopped").get_by_text("Bob")).to_be_visible()
    expect(header.get_by_role("status")).to_have_text("stopped")
    assert stand_in_one_row(), "while it is stopped"


def test_a_reload_in_mid_run_shows_the_run_again(own, visit):
    page = visit(own(speed=1.0))
    plan(page, GOAL)
    approve(page)
    page.get_by_role("treeitem", name="running").first.wait_for()
    page.reload()
    page.get_by_role("heading", name="Run 0001").wait_for()
    page.get_by_role("treeitem", name="running").first.wait_for()
    expect(page.get_by_role("region", name="Journal").get_by_text("goal: put")).to_be_attached()
    page.get_by_role("button", name="Stop the robot").click()
    page.get_by_role("heading", name="Run 0001: interrupted").wait_for()


def test_a_past_run_is_forked_from_the_moment_that_is_shown(own, visit):
    page = visit(own(speed=50.0, faults=("grasp-dropped@pick(red_mug):1",)))
    plan(page, GOAL)
    approve(page)
    page.get_by_role("heading", name="Run 0001: success").wait_for()
    page.get_by_role("link", name="Look back").click()
    page.get_by_role("button", name="put the red mug in the sink").click()
    page.get_by_role("slider").press("Home")
    page.get_by_label("Change").fill("pick(red_mug)=success")
    page.get_by_role("button", name="Fork", exact=True).click()
    report = page.locator(".fork")
    expect(report).to_contain_text("success")
    page.get_by_label("Change").fill("pick(blue_mug)=success")
    page.get_by_role("button", name="Fork", exact=True).click()
    card = page.get_by_role("region", name="Fork from here")
    expect(card.get_by_role("alert")).to_contain_text("pick(blue_mug)")


def test_a_changed_plan_is_shown_line_by_line_with_its_like_steps_folded(own, visit):
    page = visit(own(speed=None))
    card = page.get_by_label("Approve", exact=True)
    for goal in ("load the dishwasher", "load the dishwasher and open the fridge"):
        plan(page, goal)
        card.get_by_text(goal, exact=True).wait_for()
    expect(card.locator(".difference > .diff .add")).to_contain_text(["+open(fridge)"])
    like = card.get_by_text(re.compile(r"^\d+ steps as before$")).first
    step = card.locator(".difference details .diff span").first
    expect(step).to_be_hidden()
    like.click()
    expect(step).to_be_visible()
    card.get_by_text(re.compile(r"^Lines of the tree")).click()
    lines = card.locator("details[open] > .diff span")
    lines.last.wait_for()
    tops = [
        one["y"] for one in lines.evaluate_all("all => all.map(a => a.getBoundingClientRect())")
    ]
    assert len(tops) > 2
    assert len(set(tops)) == len(tops)


def test_a_run_is_held_at_a_node_told_a_fact_and_goes_on(own, visit):
    served = own(speed=20.0)
    page = visit(served)
    ada = served.client("Program", controls=True)
    assert ada.post("breakpoints", {"node": "put_in(red_mug, sink)", "moment": "before"}).is_success
    ada.http.delete("/api/control")
    plan(page, GOAL)
    approve(page)
    held = page.get_by_role("region", name="Held")
    held.get_by_role("button", name="put_in(red_mug, sink)").click()
    expect(page.locator(".details h3")).to_contain_text("put_in(red_mug, sink)")
    expect(page.get_by_role("region", name="Run 0001").get_by_text("held")).to_be_visible()
    held.get_by_label("State a fact").fill("on(red_mug, moon)")
    held.get_by_role("button", name="It is so").click()
    expect(held.get_by_role("alert")).to_contain_text("moon")
    held.get_by_label("State a fact").fill("is_on(burner)")
    held.get_by_role("button", name="It is not so").click()
    held.get_by_role("button", name="Remove").click()
    held.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Run 0001: success").wait_for()


def test_of_a_large_tree_what_is_in_sight_is_drawn_and_the_rest_is_found(own, visit):
    served = own(speed=1.0)
    page = visit(served)
    ada = served.client("Program", controls=True)
    lanes = "".join(
        f"\n    - name: lane {n}\n      sequence: [{{wait: 600 s}}]" for n in range(400)
    )
    tree = f"tree: wide\nroot:\n  parallel:{lanes}\n"
    hash_ = ada.post("proposals/tree", {"text": tree}).json()["hash"]
    ada.approve(hash_)
    ada.post("runs", {"hash": hash_})
    page.get_by_role("button", name="Open all").click()
    nodes = page.get_by_role("treeitem")
    expect(nodes.filter(has_text="lane 3").first).to_be_visible()
    expect(page.get_by_text("801 nodes")).to_be_visible()
    assert nodes.count() < 120
    last = page.get_by_role("treeitem", name="sequence lane 399, running")
    expect(last).to_have_count(0)
    page.get_by_role("tree").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(last).to_be_visible()
    assert [last.get_attribute(f"aria-{one}") for one in ("posinset", "setsize")] == ["400", "400"]
    assert nodes.count() < 120
    choose(page, "lane 20")
    expect(page.get_by_text("1 of 11")).to_be_visible()  # lane 20 and lanes 200 to 209
    page.get_by_label("Find a node").press("Enter")
    found = page.get_by_role("treeitem", name="sequence lane 200, running")
    expect(found).to_have_attribute("aria-selected", "true")
    expect(found).to_be_in_viewport()


def test_a_past_run_is_scrubbed_to_its_failure(own, visit):
    served = own(speed=50.0, faults=("grasp-dropped@pick(red_mug):1",))
    ada = served.client("Program", controls=True)
    ada.begin()
    ada.ended()
    page = visit(served)
    page.get_by_role("link", name="Look back").click()
    page.get_by_role("button", name="put the red mug in the sink").click()
    page.get_by_role("button", name="‹ failure").click()
    expect(page.locator(".journal .here")).to_contain_text("grasp-dropped")
    node = page.get_by_role("treeitem", name="skill pick(red_mug)").first
    node.click()
    expect(page.get_by_text("Last visits")).to_be_visible()
    expect(page.locator(".details .problem")).to_contain_text("grasp-dropped")
    address = page.url
    page.goto("about:blank")
    page.goto(address)  # the address names run, moment and node
    expect(page.locator(".details .problem")).to_contain_text("grasp-dropped")
    page.get_by_label("Moment of the run").press("Home")
    expect(page.get_by_text("event 1 of")).to_be_visible()


def test_moments_are_asked_for_once_nothing_runs_any_more(own, visit):
    page = visit(own(speed=2.0))
    asked = []

    def with_pictures(route):  # as worlds that record their motion answer
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"has_pictures": True})

    page.route("**/api/runs/0001", with_pictures)
    of_run = r"/runs/0001(/picture|/cameras)"  # the live ones are asked for besides
    page.on("request", lambda one: asked.extend(re.findall(of_run, one.url)))
    plan(page, "clean the kitchen")
    approve(page)
    expect(page.locator("header .badge").first).to_have_text("running")
    asked.clear()
    page.evaluate("location.hash = '#/runs/0001'")
    film = page.get_by_role("region", name="Film")
    told = film.get_by_text("once the run under way has ended")
    expect(told).to_be_visible()
    page.get_by_label("Moment of the run").press("ArrowLeft")
    page.wait_for_timeout(300)
    assert asked == []
    page.get_by_role("button", name="Stop the robot").click()
    expect(told).to_be_hidden()
    assert "/picture" in asked


def test_the_chosen_node_stays_in_sight_when_a_tablet_is_turned(own, visit):
    page = visit(own(speed=None))
    plan(page, GOAL)
    choose(page, "put_in(red_mug")
    node = page.get_by_role("treeitem", name="skill put_in(red_mug, sink)").first
    expect(node).to_be_in_viewport()
    page.set_viewport_size({"width": 360, "height": 740})
    inside = """node => { const [a, b] = [node, node.closest(".canvas")].map((one) =>
      one.getBoundingClientRect()); return a.left >= b.left && a.right <= b.right; }"""
    for _ in range(50):  # it is scrolled to smoothly
        if node.evaluate(inside):
            break
        page.wait_for_timeout(100)
    assert node.evaluate(inside)


@pytest.mark.parametrize(
    ("width", "height", "scheme"),
    [(360, 740, "light"), (768, 1024, "dark"), (1440, 900, "light")],  # colors take no room
)
def test_nothing_sticks_out_and_stop_is_in_reach(own, visit, width, height, scheme):
    page = visit(own(speed=60.0), width=width, height=height, scheme=scheme)
    plan(page, GOAL)
    page.get_by_role("button", name="Approve and run").wait_for()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    for view in page.get_by_role("navigation", name="Views").get_by_role("link").all():
        expect(view).to_be_in_viewport(ratio=1.0)  # the list of views is not cut off either
    stop = page.get_by_role("button", name="Stop the robot")
    for at in (0, 500, 5000):
        page.evaluate(f"scrollTo(0, {at})")
        expect(stop).to_be_in_viewport(ratio=1.0)
        box = stop.bounding_box()
        assert box["width"] >= 100
        assert box["height"] >= 48


def test_a_node_is_reached_with_the_keyboard(own, visit):
    served = own(speed=50.0)
    ada = served.client("Program", controls=True)
    ada.begin()
    ada.ended()
    page = visit(served)
    tree = page.get_by_role("tree", name="Behavior tree")
    tree.focus()
    for key in ("Home", "ArrowRight", "ArrowDown"):
        tree.press(key)
    chosen = page.locator('[role=treeitem][aria-selected="true"]')
    expect(chosen).to_have_count(1)
    page.keyboard.press("Control+.")
    page.get_by_role("alert", name="Stopped").wait_for()


def test_a_server_that_is_killed_and_comes_back_resumes_the_run(tmp_path, visit, request):
    environment = {**os.environ, "TREEHAND_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "treehand", "serve", "--port", "0", "--speed", "1"]

    class Process:
        def __init__(self, port):
            command[5] = str(port)
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path
            )
            request.addfinalizer(self.end)
            assert self.process.stdout is not None
            self.code = self.process.stdout.readline().split()[1]
            line = self.process.stdout.readline()
            self.url = next(word for word in line.split() if word.startswith("http"))
            self.server = self.viewers = self

        def invite(self):
            return self.code

        def end(self):
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()

    first = Process(0)
    page = visit(first)
    plan(page, GOAL)
    approve(page)
    page.get_by_role("treeitem", name="running").first.wait_for()
    first.process.send_signal(signal.SIGSTOP)  # no connection breaks, and nothing comes
    lost = page.get_by_role("alert", name="No connection")
    expect(lost).to_contain_text("the robot may go on")
    page.get_by_role("button", name="Stop the robot").click()
    page.get_by_role("alert", name="STOP not sent").wait_for()
    page.get_by_role("button", name="Send it no more").click()
    first.process.send_signal(signal.SIGKILL)
    first.end()
    page.get_by_text("the server does not answer").or_(
        page.get_by_text("no connection")
    ).first.wait_for()
    second = Process(first.url.rpartition(":")[2])
    expect(page.get_by_role("status")).to_contain_text("does not know this browser any more")
    page = visit(second, "Bob")
    left = page.get_by_role("region", name="Run 0001 was left before its end")
    expect(left).to_contain_text("Its process ended while it ran")
    left.get_by_role("button", name="Resume this run").click()
    expect(page.locator("header.top").get_by_role("status")).to_have_text("running")
    page.get_by_role("treeitem", name="running").first.wait_for()
    page.get_by_role("button", name="Stop the robot").click()
    # A stop before the first step refuses the run; a later one interrupts it.
    ended = re.compile("Run 0001: (interrupted|refused)")
    page.get_by_role("heading", name=ended).wait_for()
    second.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 30
    while second.process.poll() is None:
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    second.end()


def test_the_page_asks_no_other_server(own, visit):
    page = visit(own(speed=60.0))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    plan(page, "put the red mug in the sink")
    page.get_by_role("button", name="Approve and run").wait_for()
    own_origin = page.url.split("#")[0].rstrip("/")
    assert [url for url in asked if not url.startswith((own_origin, "blob:"))] == []


def test_a_report_of_tests_is_scrubbed_from_its_file(chromium, tmp_path):
    (tmp_path / "a.scenario.yaml").write_text(
        f"scenario: it slips\ngoal: {GOAL}\n"
        "faults:\n  - {at: 'pick(red_mug)', inject: grasp-dropped}\nexpect: {outcome: failure}\n"
    )
    command = [sys.executable, "-m", "treehand", "test", ".", "--html", "report.html"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    for width in (1280, 360):
        context = chromium.new_context(offline=True, viewport={"width": width, "height": 800})
        page = context.new_page()
        asked, problems = [], []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("pageerror", lambda error, problems=problems: problems.append(str(error)))
        page.goto((tmp_path / "report.html").as_uri())
        slider = page.get_by_label("Moment of the run")
        expect(slider).to_be_visible()
        expect(page.get_by_text("grasp-dropped: red_mug slipped").first).to_be_visible()
        slider.press("End")
        expect(page.locator("li.here")).to_contain_text("success")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert problems == []
        context.close()
