"""Lines about the dialogue, and words for limits, told apart from orders."""

import pytest

from treehand.planners.reading.acts.dialogue_move import MoveKind, move_of
from treehand.planners.reading.acts.limit_words import limit_of
from treehand.planners.reading.acts.question_topic import topic_of
from treehand.planners.reading.acts.stops import is_refusal, plain_words
from treehand.planners.reading.acts.talk import without_talk


@pytest.mark.parametrize(
    ("line", "kind", "rest"),
    [
        ("Could you undo that, please?", MoveKind.UNDO, ""),
        ("put the red mug back where it was", MoveKind.PUT_BACK, "the red mug"),
        ("please do that once more", MoveKind.AGAIN, ""),
        ("do the same with the apple", MoveKind.SAME_WITH, "the apple"),
        ("No, I meant the blue one!", MoveKind.CORRECTION, "the blue one"),
        ("not there, in the cupboard", MoveKind.CORRECTION, "in the cupboard"),
        ("wrong place, the table", MoveKind.CORRECTION, "the table"),
        ("hold on, not the milk, the cheese", MoveKind.CORRECTION, "the cheese"),
        ("that is not right, I want to say the table", MoveKind.CORRECTION, "the table"),
        ("just the second one", MoveKind.CORRECTION, "just the second one"),
        ("same please with the apple", MoveKind.SAME_WITH, "the apple"),
        ("put it back where it was", MoveKind.PUT_BACK, "it"),
        ("put everything back where it was", MoveKind.UNDO, ""),
        ("how much time it needs?", MoveKind.DURATION, ""),
        ("what will you do next?", MoveKind.NEXT, ""),
        ("what are you up to right now?", MoveKind.PRESENT, ""),
        ("is the plan safe?", MoveKind.SAFETY, ""),
    ],
)
def test_a_line_about_the_dialogue_is_told_with_what_it_names(line, kind, rest):
    move = move_of(line)
    assert move is not None
    assert (move.kind, move.rest) == (kind, rest)


@pytest.mark.parametrize(
    "line",
    [
        "put the red mug in the sink",
        "no, put it in the sink",
        "is the stove safe?",
        "the dishes are done again",
        "wash the plates again tomorrow",
        "not the glass",
        "what is on the table?",
        "",
        "?!",
    ],
)
def test_other_lines_are_read_by_themselves(line):
    assert move_of(line) is None


@pytest.mark.parametrize(
    ("line", "speed", "force", "thing"),
    [
        ("slow down", 0.5, None, ""),
        ("Can you go slower, please?", 0.5, None, ""),
        ("go at 30 % speed", 0.3, None, ""),
        ("at 500 percent speed", 1.0, None, ""),
        ("be very careful with the glass", 0.5, 0.6, "the glass"),
        ("handle the glass gently", 0.5, 0.6, "the glass"),
        ("normal speed", 1.0, None, ""),
        ("you don't have to be careful with the glass anymore", 1.0, 1.0, "the glass"),
    ],
)
def test_a_limit_is_read_with_its_thing(line, speed, force, thing):
    said = limit_of(line)
    assert said is not None
    assert (said.speed, said.force, said.thing) == (speed, force, thing)


@pytest.mark.parametrize(
    "line",
    [
        "would you mind putting the cheese in the fridge?",
        "put the glass carefully in the sink",
        "is it slow?",
        "take care of the dishes",
        "the slow one",
    ],
)
def test_an_order_or_a_question_sets_no_limit(line):
    assert limit_of(line) is None


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("you know what, make that the cheese", "make that the cheese"),
        ("oh and the milk while you're at it", "and the milk"),
        ("hmm, what would you do?", "what would you do?"),
        ("noooo the red one", "no the red one"),
        ("by the way, is it safe, mate?", "is it safe?"),
        ("hold on", "hold on"),
        ("no, the sink", "no, the sink"),
        ("thanks", "thanks"),
        ("hold the pan", "hold the pan"),
        ("...", "..."),
    ],
)
def test_talk_around_a_line_is_taken_off(line, kept):
    assert without_talk(line) == kept


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("leave it, I changed my mind", True),
        ("on second thought no", True),
        ("I don't want it any more", True),
        ("leave it on the table", False),
        ("no, the sink", False),
        ("please", False),
    ],
)
def test_what_turns_down_says_no_more(line, is_one):
    assert is_refusal(plain_words(line).split()) is is_one


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("what are my choices?", MoveKind.PRESENT),
        ("what are you not allowed to do?", MoveKind.RULES),
        ("risks?", MoveKind.SAFETY),
        ("steps?", MoveKind.NEXT),
    ],
)
def test_a_question_is_about_what_its_words_are_about(line, kind):
    assert topic_of(line).kind is kind
