"""A text from outside that holds control characters reaches no screen, file or CI as it is."""

import json
from xml.etree import ElementTree

import pytest

from tests.endpoint import says, serving
from treehand.orchestrator.running.result import Outcome, RunResult
from treehand.scenarios.reports.html import Page, page
from treehand.scenarios.reports.junit import junit_xml
from treehand.scenarios.reports.story import story_of
from treehand.scenarios.running.cases import CaseReport
from treehand.scenarios.suites.verdicts import ScenarioVerdict
from treehand.trees import TreeSpec
from treehand.trees.drawing.tree_outline import OutlineNode
from treehand.trees.drawing.tree_picture import tree_svg
from treehand.trees.format.spec_drawing import to_dot

EVIL = "evil\x1b[2J\x1b[8m\u202e\u2028\x9b\U000e0041"
ESCAPED = "evil\\x1b[2J\\x1b[8m\\u202e\\u2028\\x9b\\U000e0041"
FORBIDDEN = ("\x1b", "\x9b", "\u202e", "\u2028", "\U000e0041")
CLARIFIES = {
    "status": "clarify",
    "goal": [],
    "first": [],
    "never": [],
    "question": f"Which {EVIL} [bold]\ud800?",
    "options": [EVIL, "b"],
    "reason": "",
}


def is_clean(text):
    return not any(sign in text for sign in FORBIDDEN)


@pytest.mark.parametrize("command", ["goal", "run"])
def test_a_models_question_cannot_paint_the_screen(call, monkeypatch, command):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    words = "I would love the milk to end up inside the fridge, if it is not too much trouble"
    with serving(says(CLARIFIES)) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        shown = call(command, words, "--llm", "openai:m", code=4)
        data = json.loads(call(command, words, "--llm", "openai:m", "--json", code=4).out)
    assert is_clean(shown.out + shown.err)
    assert ESCAPED in shown.out
    assert "[bold]\\ud800?" in shown.out
    assert data["outcome"] == "clarify"


def test_a_reason_is_shown_as_escapes_wherever_a_run_is_told(call, tmp_path):
    call("run", "open the fridge", "--yes")
    call("stop", "--state", "world.state", "--reason", EVIL, code=2)  # nothing lives there
    done = call("rearm", "--state", "world.state", "--yes")
    assert is_clean(done.out)
    assert ESCAPED in done.out


FILES = {
    "t.tree.yaml": 'tree: t\nroot:\n  do: pick(milk)\n  name: "{evil}"\n',
    "d.domain.yaml": 'domain: d\ntypes: {{"{evil}": ~}}\n',
    "s.scene.yaml": 'scene: s\ndomain: kitchen\nobjects: {{"{evil}": {{type: item}}}}\n',
    "c.scenario.yaml": 'scenario: c\ngoal: "{evil}"\n',
    "treehand.yaml": 'world: "{evil}"\n',
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("is_raw", [False, True], ids=["escaped", "raw"])
def test_check_refuses_hidden_characters_with_their_position(call, tmp_path, name, is_raw):
    evil = "e\u202evil\u200b" if is_raw else "e\\x1b[2Jvil\\u2028"
    text = FILES[name].format(evil=evil)
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = json.loads(call("check", name, "--json", code=1).out)["findings"]
    hidden = [one for one in found if one["code"] == "hidden-character"]
    line = next(n for n, line in enumerate(text.splitlines(), 1) if evil in line)
    column = text.splitlines()[line - 1].index(evil) + 2
    assert [(one["line"], one["column"]) for one in hidden] == [(line, column)]
    shown = call("check", name, code=1)
    assert is_clean(shown.out)
    assert "delete that character" in shown.out


def test_a_control_character_in_a_comment_is_found_too(call, tmp_path):
    (tmp_path / "t.tree.yaml").write_bytes(b"tree: t\n# a \x1b[2J\nroot: {do: look()}\n")
    out = call("check", "t.tree.yaml", code=1).out
    assert out.startswith("t.tree.yaml:2:5: hidden-character: the file holds \\x1b")


def test_a_name_cannot_write_a_command_of_github_actions(call, tmp_path):
    name = "a%0A::error::x\\n::set-output name=x::y\\n##[error]z"
    (tmp_path / "t.tree.yaml").write_text(f'tree: t\nroot:\n  do: pick(milk)\n  "{name}": 1\n')
    annotations = call("check", "t.tree.yaml", "--format", "github", code=1).out.splitlines()
    assert all(line.startswith("::error file=t.tree.yaml,line=4,") for line in annotations)
    assert any("'a%250A::error::x%0A::set-output" in line for line in annotations)
    plain = call("check", "t.tree.yaml", code=1).out.splitlines()
    assert not [line for line in plain if line.lstrip().startswith(("::", "##["))]


def failed_case():
    result = RunResult(outcome=Outcome.FAILURE, message=EVIL)
    report = CaseReport(
        path="t.scenario.yaml", variant=EVIL, scenario=EVIL, goal=EVIL, seed=0,
        mismatches=(EVIL,), result=result, timeline=(EVIL,), statuses={EVIL: "FAILURE"},
    )  # fmt: skip
    return ScenarioVerdict(
        status="failed", why=EVIL, path="t.scenario.yaml", variant=EVIL, scenario=EVIL,
        reports=(report,),
    )  # fmt: skip


def test_reports_of_scenarios_hold_escapes():
    verdict = failed_case()
    html = page(Page(EVIL, EVIL, [verdict]))
    junit = junit_xml([verdict], wall_s=1.0)
    story = story_of(verdict.representative)
    for text in (html, junit, story):
        assert is_clean(text)
        assert ESCAPED in text
    ElementTree.fromstring(junit)


def test_drawings_hold_escapes():
    tree = TreeSpec.model_validate(
        {"tree": "t", "root": {"name": f'{EVIL}"];x[label="y\n', "do": "pick(milk)"}}
    )
    outline = OutlineNode(path=EVIL, label=EVIL, kind="do", notes=(EVIL,))
    dot, svg = to_dot(tree), tree_svg(outline, title=EVIL, remarks={outline.path: EVIL})
    ElementTree.fromstring(svg)
    for text in (dot, svg):
        assert is_clean(text)
        assert ESCAPED.replace("\\", "\\\\") in dot
    assert '"];x[' not in dot.replace('\\"', "")
