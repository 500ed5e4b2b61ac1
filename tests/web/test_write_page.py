"""The Write view of the page in a real browser."""

import pytest

from tests.web.test_page import chromium, expect, pytestmark, visit

__all__ = ["chromium", "pytestmark", "visit"]

TREE = """\
tree: fetch
domain: kitchen
params: {item: movable, place: container}
achieves: in(item, place)
root:
  sequence:
    - do: open(place)
      unless: is_open(place)
    - do: pick(item)
      retry: {attempts: 3, on: [grasp-dropped]}
    - do: put_in(item, place)
"""


@pytest.fixture
def write(own, visit):
    """Opens a file in the Write view."""

    def enter(text=TREE, *, name="fetch.tree.yaml", **options):
        served = own(speed=60.0)
        path = served.folder / "files" / name
        path.write_text(text)
        page = visit(served, **options)
        page.get_by_role("link", name="Write").click()
        page.get_by_role("button", name=name.partition(".")[0], exact=True).click()
        page.get_by_role("textbox", name=f"Text of {name}").wait_for()
        return path, page

    return enter


def text_of(page):
    return page.get_by_role("textbox", name="Text of")


def save(page):
    page.get_by_role("button", name="Save", exact=True).click()


def test_many_files_are_filtered_below_the_way_to_a_new_one(own, visit):
    served = own(speed=None)
    for number in range(40):
        (served.folder / "files" / f"a_name_that_is_long_{number}.tree.yaml").write_text(TREE)
    page = visit(served, height=700)
    page.get_by_role("link", name="Write").click()
    files = page.get_by_role("navigation", name="Files of the served folder").get_by_role("button")
    expect(files).to_have_count(40)
    expect(page.get_by_text("New file")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page.get_by_label("Filter files").fill("long_17")
    expect(files).to_have_text(["a_name_that_is_long_17"])


def test_a_fault_is_shown_at_its_column_and_fixed(write):
    path, page = write(TREE.replace("pick(item)", "pik(item)"))
    finding = page.get_by_role("list", name="Findings").get_by_role("button")
    expect(finding).to_contain_text("9:11")
    expect(finding).to_contain_text("unknown-skill")
    expect(page.locator(".cm-lintRange-error")).to_have_text("pik")
    expect(page.get_by_role("button", name="Verify")).to_be_disabled()
    finding.click()  # the cursor is at the fault now
    for _ in "pik":
        page.keyboard.press("Delete")
    page.keyboard.type("pic")
    option = page.get_by_role("option", name="pick").first
    option.wait_for()  # the language service completes it
    option.click()
    expect(page.get_by_text("no findings")).to_be_visible()
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").filter(has_text="saved").first).to_have_text("saved")
    assert path.read_text() == TREE


def test_a_word_is_explained_under_the_pointer(write):
    _, page = write()
    word = page.locator(".cm-line", has_text="do: pick").bounding_box()
    shown = page.locator(".cm-tooltip-hover")
    for across in range(80, 200, 8):  # until the pointer rests on the name of the skill
        page.mouse.move(word["x"] + across, word["y"] + word["height"] / 2)
        page.wait_for_timeout(700)
        if shown.count():
            break
    expect(shown).to_contain_text("pick(item: movable)")


def test_the_word_at_the_cursor_is_explained_by_a_key(write):
    _, page = write()
    text_of(page).focus()
    page.keyboard.press("Control+Home")
    for key in (*["ArrowDown"] * 8, "Home", *["ArrowRight"] * 7):  # into the name of the skill
        page.keyboard.press(key)
    page.keyboard.press("F1")
    shown = page.locator(".cm-tooltip.about")
    expect(shown).to_contain_text("pick(item: movable)")
    expect(page.locator(".cm-announced")).to_contain_text("pick(item: movable)")
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)


def test_a_text_from_the_disk_keeps_the_node_that_was_selected(write):
    path, page = write()
    page.get_by_role("treeitem", name="put_in").click()
    page.locator(".cm-line", has_text="put_in(item, place)").click()
    page.keyboard.press("End")
    page.keyboard.type(" ")
    path.write_text(f"# theirs\n{TREE}")
    save(page)
    page.get_by_role("button", name="Reload").click()
    expect(page.locator(".cm-line").first).to_have_text("# theirs")
    expect(page.locator(".cm-line.of-node")).to_have_count(1)
    expect(page.locator(".cm-line.of-node")).to_contain_text("put_in(item, place)")


def test_a_file_that_changed_on_the_disk_is_not_overwritten_unasked(write):
    path, page = write()
    text_of(page).press("Control+End")
    page.keyboard.type("# mine")
    path.write_text(f"{TREE}# theirs\n")
    save(page)
    asked = page.get_by_role("alert", name="Changed on the disk")
    expect(asked.get_by_text("has changed on the disk")).to_be_visible()
    assert path.read_text() == f"{TREE}# theirs\n"
    asked.get_by_role("button", name="Reload").click()
    expect(text_of(page)).to_contain_text("# theirs")
    expect(asked).to_be_hidden()
    text_of(page).press("Control+End")
    page.keyboard.type("# mine")
    path.write_text(TREE)
    save(page)
    asked.get_by_role("button", name="Keep mine").click()
    expect(asked).to_be_hidden()
    assert path.read_text() == f"{TREE}# theirs\n# mine"


def test_a_node_selects_its_lines_and_a_line_its_node(write):
    _, page = write()
    node = page.get_by_role("treeitem", name="skill pick(item)")
    node.click()
    expect(page.locator(".cm-line.of-node")).to_have_count(2)
    expect(page.locator(".cm-line.of-node").first).to_contain_text("do: pick(item)")
    page.locator(".cm-line", has_text="put_in(item, place)").click()
    expect(page.get_by_role("treeitem", name="put_in")).to_have_attribute("aria-selected", "true")
    expect(node).to_have_attribute("aria-selected", "false")
    expect(page.locator(".cm-line.of-node")).to_have_count(1)


def test_a_tree_is_verified_rehearsed_and_saved_as_a_scenario(write):
    path, page = write()
    page.get_by_label("item", exact=True).select_option("red_mug")
    page.get_by_label("place", exact=True).select_option("dishwasher")
    page.get_by_role("button", name="Verify").click()
    tried = page.get_by_role("region", name="Try it")
    expect(tried.get_by_role("heading", name="not proven")).to_be_visible()
    expect(tried.locator("pre", has_text="fails with grasp-missed")).to_be_visible()
    page.get_by_role("treeitem", name="skill put_in(item, place)").click()
    page.get_by_role("button", name="Rehearse").click()
    expect(tried.get_by_role("heading", name="success Rehearsed in kitchen")).to_be_visible()
    done = page.get_by_role("treeitem", name="skill put_in(red_mug, dishwasher), success")
    expect(done).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Save as").click()
    asked = page.get_by_role("dialog", name="Save as")
    asked.get_by_label("As", exact=True).select_option("scenario")
    asked.get_by_label("Name").fill("fetched")
    asked.get_by_role("button", name="Save").click()
    page.get_by_role("textbox", name="Text of fetched.scenario.yaml").wait_for()
    assert "tree: fetch.tree.yaml" in path.with_name("fetched.scenario.yaml").read_text()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(tried.get_by_role("heading", name="passed")).to_be_visible()


def test_what_is_not_saved_outlives_a_look_at_another_view(write):
    path, page = write()
    text_of(page).press("Control+End")
    page.keyboard.type("# mine")
    page.get_by_role("link", name="Now").click()
    page.get_by_role("link", name="Write").click()
    page.get_by_role("button", name="fetch not saved").click()
    expect(text_of(page)).to_contain_text("# mine")
    assert path.read_text() == TREE


def test_a_new_tree_is_begun_laid_out_and_saved(write):
    path, page = write(width=360, height=740)
    page.get_by_role("link", name="Files").click()
    page.get_by_text("New file").click()
    page.get_by_label("Name", exact=True).fill("serve")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("textbox", name="Text of serve.tree.yaml").wait_for()
    page.get_by_role("button", name="Format").click()
    save(page)
    expect(page.get_by_text("saved", exact=True)).to_be_visible()
    assert path.with_name("serve.tree.yaml").read_text().count("tree: serve") == 1


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_of_it_sticks_out_and_nothing_is_blocked(write, width, scheme):
    _, page = write(width=width, height=800, scheme=scheme)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    page.get_by_text("no findings").wait_for()
    page.get_by_role("button", name="Verify").click()
    page.get_by_role("heading", name="Verified").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    ground = page.locator(".cm-editor").evaluate("one => getComputedStyle(one).backgroundColor")
    assert ground == ("rgb(244, 246, 248)" if scheme == "light" else "rgb(14, 20, 27)")
    assert [text for text in said if "Content Security Policy" in text] == []


def test_a_read_only_server_lets_a_file_be_read(own, visit):
    served = own(is_read_only=True)
    (served.folder / "files" / "fetch.tree.yaml").write_text(TREE)
    page = visit(served)
    page.get_by_role("link", name="Write").click()
    page.get_by_role("button", name="fetch", exact=True).click()
    expect(page.get_by_text("no findings")).to_be_visible()
    text_of(page).press("x")
    expect(text_of(page)).not_to_contain_text("xtree")
    for name in ("Save", "Format", "Verify", "Rehearse"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
