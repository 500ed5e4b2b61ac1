"""Learned words in a conversation, under ``--yes``, and in scenarios."""

import json

import pytest

from tests.calling import called
from treehand.console import Asked, Conversation, Said, Understood
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Answer, Plan, Question
from treehand.scenarios import Deployments, cases_of, load_variants, run_case, variant_findings

WORDS = """\
readings:
  - said: yeet the can
    means: in(can, sink)
    learned: 2026-11-28
    confirmed: {}
"""


class Talk:
    """A conversation with its messages; several may share a workspace."""

    def __init__(self, deployment, folder):
        self.messages = []
        workspace = Workspace(folder / "runs")
        self.file = workspace.learned_words
        self.conversation = Conversation(
            deployment, workspace=workspace, tell=self.messages.append, folder=folder
        )

    def say(self, *lines):
        self.messages.clear()
        for line in lines:
            self.conversation.say(line)
            assert self.conversation.wait_for_turn(60.0)
        return self

    def said(self):
        return "\n".join(m.text for m in self.messages if isinstance(m, Said))

    def goals(self):
        found = [m.goal for m in self.messages if isinstance(m, Understood)]
        return [goal.literals() for goal in found]


@pytest.fixture
def talk(deployment, tmp_path):
    one = Talk(deployment, tmp_path)
    yield one
    one.conversation.close()


def test_a_choice_is_offered_remembered_asked_about_once_and_then_counts(talk):
    talk.say("yeet the can")
    assert any(isinstance(m, Asked) for m in talk.messages)
    assert "remember that" in talk.say("put the can in the bin").said()
    assert "remembered in" in talk.say("remember that").said()
    talk.say("no", "yeet the can")
    question = next(m.question for m in talk.messages if isinstance(m, Asked))
    assert question.text.startswith("'yeet the can' meant 'put the can in the bin' on ")
    assert talk.say("1").goals() == [("in(can, bin)",)]
    talk.say("no", "please YEET the can")
    assert "read as 'put the can in the bin', learned on " in talk.said()
    assert "(forget: 'forget yeet the can')" in talk.said()
    assert talk.goals() == [("in(can, bin)",)]
    assert talk.say("no", "forget yeet the can").said().endswith("forgotten: 'yeet the can'")
    assert any(isinstance(m, Asked) for m in talk.say("yeet the can").messages)


def test_an_empty_line_chooses_and_remembers_nothing(talk):
    talk.say("yeet the can", "", "  ", "remember that")
    assert not talk.goals()
    assert not talk.file.exists()


def test_a_report_is_never_read_by_learned_words(talk):
    talk.file.write_text(WORDS.format(2).replace("yeet the can", "the can is full"))
    assert not talk.say("the can is full").goals()


def test_a_learned_reading_is_refused_where_its_goal_is(talk):
    text = WORDS.format(2).replace("in(can, sink)", "is_on(right_knob)")
    talk.file.write_text(text)
    assert "refused" in talk.say("yeet the can").said()


def test_a_broken_file_is_told_once_and_stays(talk):
    talk.file.write_text("readings:\n  - said: yeet the can\n    means: inn(can)\n")
    talk.say("yeet the can", "1", "no")
    assert talk.said().count("no learned reading is used") == 1
    assert "learned.words.yaml:2:5: missing-key" in talk.said()
    assert "missing-key" in talk.say("yeet the can", "1", "remember that").said()
    assert "inn(can)" in talk.file.read_text()


@pytest.mark.parametrize(("confirmed", "outcome"), [(1, "clarify"), (2, "success")])
@pytest.mark.slow
def test_yes_takes_a_reading_that_was_confirmed_twice(tmp_path, confirmed, outcome):
    (tmp_path / "learned.words.yaml").write_text(WORDS.format(confirmed))
    line = ("run", "yeet the can", "--yes", "--json", "--workspace", tmp_path)
    assert json.loads(called(*line, folder=tmp_path).out)["outcome"] == outcome


def test_a_robot_without_a_workspace_learns_nothing(deployment, tmp_path):
    with Robot(deployment, workspace=None) as robot:
        assert isinstance(robot.propose("yeet the can"), Question)
    file = tmp_path / "a.words.yaml"
    file.write_text(WORDS.format(2))
    with Robot(deployment, workspace=None, settings=RobotSettings(words=file)) as robot:
        assert isinstance(robot.propose("yeet the can"), Plan)
        assert isinstance(robot.propose("thank you"), Answer)


SCENARIO = """\
scenario: yeets
goal: yeet the can
{}expect:
  outcome: {}
"""


@pytest.mark.parametrize(
    ("line", "outcome"), [("", "clarify"), ("words: mine.words.yaml\n", "success")]
)
def test_a_scenario_reads_the_file_that_it_names_and_no_other(tmp_path, monkeypatch, line, outcome):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("TREEHAND_HOME", str(home))
    for path in (home / "learned.words.yaml", tmp_path / "mine.words.yaml"):
        path.write_text(WORDS.format(2))
    path = tmp_path / "yeets.scenario.yaml"
    path.write_text(SCENARIO.format(line, outcome))
    report = run_case(cases_of(load_variants(path))[0])
    assert not report.mismatches, report


def test_a_scenario_with_bad_learned_words_is_found_by_the_check(tmp_path):
    path = tmp_path / "yeets.scenario.yaml"
    path.write_text(SCENARIO.format("words: gone.words.yaml\n", "success"))
    findings = variant_findings(load_variants(path), Deployments())
    assert [(one.code, one.span.line) for one in findings] == [("unreadable-file", 3)]
    (tmp_path / "gone.words.yaml").write_text(WORDS.format(2).replace("sink", "sinc"))
    findings = variant_findings(load_variants(path), Deployments())
    assert [one.code for one in findings] == ["unknown-object"]
