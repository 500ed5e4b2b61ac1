"""Which facts a simulated run has read and written."""

import pytest

from treehand.planners.verification.branching.noted_facts import NotedFacts
from treehand.skills.domain import Atom, Fact, Facts, Percept, Signature, Vocabulary

CUP_ON_TABLE, CUP_ON_SHELF = Fact("on", ("cup", "table")), Fact("on", ("cup", "shelf"))
OPEN = Fact("is_open", ("shelf",))


@pytest.fixture
def noted():
    vocabulary = Vocabulary(
        types={"thing": None, "place": None},
        predicates={
            "on": Signature("on", (("item", "thing"), ("place", "place"))),
            "is_open": Signature("is_open", (("place", "place"),)),
        },
        objects={"cup": "thing", "table": "place", "shelf": "place"},
        exclusive=[[("on", ("item", "_"))]],
    )
    facts = Facts(vocabulary)
    facts.observe([Percept(CUP_ON_TABLE, True, "test", 0.0)])
    found = NotedFacts(facts)
    found.is_noting = True
    return found


def bit(noted, fact):
    return noted.vocabulary.bits[fact]


def test_a_fact_that_is_read_is_noted_once_until_it_is_taken(noted):
    assert noted.value(OPEN) is None
    assert noted.take_use().read == bit(noted, OPEN)
    assert noted.take_use().read == 0


def test_a_fact_that_is_read_after_it_was_written_is_only_written(noted):
    noted.observe([Percept(OPEN, False, "test", 0.0)])
    assert noted.value(OPEN) is False
    use = noted.take_use()
    assert (use.read, use.written, use.made_true) == (0, bit(noted, OPEN), 0)


def test_a_pattern_that_is_cleared_writes_no_single_fact(noted):
    anywhere = Fact("on", ("cup", "_"))
    noted.predict(Atom(anywhere, positive=False), "test", 0.0)
    use = noted.take_use()
    assert (use.cleared, use.written, use.sought) == (frozenset({anywhere}), 0, frozenset())
    assert noted.value(CUP_ON_TABLE) is False


def test_true_facts_that_are_looked_for_are_noted_as_a_pattern(noted):
    assert noted.matching(Fact("on", ("cup", "p")), "p", "place") == ("table",)
    assert noted.instances(Fact("on", ("_", "shelf"))) == []
    patterns = {Fact("on", ("cup", "_")), Fact("on", ("_", "shelf"))}
    assert noted.take_use().sought == patterns


def test_facts_that_are_relied_on_count_as_read_and_groups_do_not(noted):
    noted.rely_on([CUP_ON_SHELF, (0, ("item", "cup"))])
    assert noted.take_use().read == bit(noted, CUP_ON_SHELF)


def test_whoever_looks_at_all_facts_may_have_read_any(noted):
    noted.true_facts()
    assert noted.take_use().is_all_read


def test_nothing_is_noted_while_nobody_asks(noted):
    noted.is_noting = False
    noted.value(OPEN)
    noted.true_facts()
    use = noted.take_use()
    assert (use.read, use.is_all_read) == (0, False)
