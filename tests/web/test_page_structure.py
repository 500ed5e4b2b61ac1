"""Headings, landmarks, names and the keyboard in every view of the page."""

from itertools import pairwise

import pytest

pytest.importorskip("playwright.sync_api", reason="needs the extra dev-web")

from tests.web.test_page import chromium, pytestmark, visit

__all__ = ["chromium", "pytestmark", "visit"]
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter((one) => one.checkVisibility())
  .map((one) => [Number(one.tagName[1]), one.textContent.trim(), Boolean(one.closest("main"))])"""
LANDMARKS = """() => ["header.top", "main", "nav[aria-label=Views]"]
  .map((one) => document.querySelectorAll(one).length)"""
OUTSIDE = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && !one.children.length && one.textContent.trim())
  .filter((one) => !one.closest("header.top, main, [role=alert], .skip, style, script, noscript"))
  .map((one) => one.outerHTML.slice(0, 120))"""
CONTROLS = """() => {
  const kinds = ["a[href]", "button", "input", "select", "textarea", "summary",
    "[tabindex='0']", "[contenteditable=true]"];
  const found = [...document.querySelectorAll(kinds.join())].filter((one) =>
    one.checkVisibility({ checkVisibilityCSS: true }) && !one.disabled && one.tabIndex >= 0);
  found.forEach((one, at) => { one.dataset.reach = at; });
  document.activeElement?.blur();
  getSelection().removeAllRanges();
  return found.map((one) => one.outerHTML.slice(0, 120));
}"""
STILL = """() => [...document.querySelectorAll("[data-reach]")].filter((one) =>
  one.checkVisibility({ checkVisibilityCSS: true }) && !one.disabled)
  .map((one) => one.dataset.reach)"""
FOCUSED = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const ring = one.closest(".sheet")?.matches(":has(.text:focus-within)");
  const isSeen = ring || style.outlineStyle !== "none" || style.boxShadow !== "none";
  return [one.dataset.reach ?? "", isSeen, one.outerHTML.slice(0, 120)];
}"""
NAMED = {"button", "checkbox", "combobox", "link", "searchbox", "slider", "textbox", "tree", "img"}


def wrong_headings(page):
    """Return what is wrong with the headings: not one first `h1`, or a level that is skipped."""
    found = page.evaluate(HEADINGS)
    inside = [one for one in found if one[2]]
    wrong = [one for one in found if not one[2] and one[0] != 2]  # banners above the view
    if not inside or inside[0][0] != 1 or sum(level == 1 for level, _, _ in found) != 1:
        wrong.append(("no first h1", found))
    return wrong + [pair for pair in pairwise(inside) if pair[1][0] > pair[0][0] + 1]


def unnamed(page):
    """Return the controls that a screen reader has no name for."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        one["role"]["value"]
        for one in nodes
        if not one["ignored"]
        and one["role"]["value"] in NAMED
        and not one.get("name", {}).get("value", "").strip()
    ]


def unreached(page):
    """Return the controls that Tab does not come to, and those whose focus is not seen."""
    controls = page.evaluate(CONTROLS)
    reached, unseen = set(), []
    for _ in range(len(controls) + 10):
        page.keyboard.press("Tab")
        at, is_seen, text = page.evaluate(FOCUSED)
        if at in reached:
            break
        if at:
            reached.add(at)
        if at and not is_seen:
            unseen.append(text)
    still = set(page.evaluate(STILL))  # "stop the tests" goes when they end
    left = [t for at, t in enumerate(controls) if str(at) in still and str(at) not in reached]
    return left, unseen


def wrong_structure(page):
    """Return what is wrong with headings, landmarks, names and the keyboard in a view, by kind."""
    left, unseen = unreached(page)
    return {
        "headings": wrong_headings(page),
        "landmarks": page.evaluate(LANDMARKS) != [1, 1, 1],
        "outside": page.evaluate(OUTSIDE),
        "unnamed": unnamed(page),
        "unreached": left,
        "no ring": unseen,
    }


def test_the_keyboard_skips_to_the_view(own, visit):
    page = visit(own(speed=None))
    page.keyboard.press("Tab")
    skip = page.get_by_role("button", name="Skip to the view")
    assert skip.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "goal"
