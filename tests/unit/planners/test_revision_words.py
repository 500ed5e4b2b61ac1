"""Lines that revise a goal are cut in pieces (planners/reading/acts/revision_words.py)."""

import pytest

from treehand.planners.reading.acts.revision_words import RevisionKind, revisions_of

LEAVE, KEEP, TAKE = RevisionKind.LEAVE, RevisionKind.KEEP, RevisionKind.TAKE
SPARE, SAY = RevisionKind.SPARE, RevisionKind.SAY


def pieces(line):
    verbs = {"put", "close", "wash", "bring"}
    return [(one.kind, one.words) for one in revisions_of(line, verbs.__contains__)]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("no bowls, just the glass", [(LEAVE, "bowls"), (KEEP, "the glass")]),
        (
            "not the mug, the glass, and put it in the sink instead",
            [(LEAVE, "the mug"), (SAY, "the glass"), (SAY, "put it in the sink")],
        ),
        ("all but the big one", [(LEAVE, "the big one")]),
        ("no need for the cheese any more", [(LEAVE, "the cheese")]),
        ("the towel stays on the bed", [(LEAVE, "the towel")]),
        ("actually leave the heater on", [(LEAVE, "the heater")]),
        ("don't touch the glass either", [(SPARE, "the glass")]),
        ("and the plates too", [(TAKE, "the plates")]),
        ("yes but close it afterwards", [(SAY, "close it")]),
        ("no no, the other", [(SAY, "the other")]),
        ("leave it in the sink", [(SAY, "leave it in the sink")]),
        ("towel no, socks yes", [(LEAVE, "towel"), (SAY, "socks")]),
        ("and while you're there the wrapper", [(SAY, "the wrapper")]),
        ("or no, let's take both of them", [(SAY, "both of them")]),
        ("and the nut with them", [(TAKE, "the nut")]),
        ("sorry, wrong crate, it's the red one", [(SAY, "the red one")]),
        ("don't touch the glass at all", [(SPARE, "the glass")]),
        ("no, the other one", [(SAY, "the other one")]),
    ],
)
def test_a_line_is_cut_in_pieces(line, told):
    assert pieces(line) == told


@pytest.mark.parametrize("line", ["and the fridge?", "what is in there", "ok", "yes please"])
def test_questions_and_assent_revise_nothing(line):
    assert not pieces(line)
