import pytest

from tests.conftest import believe
from treehand.skills.domain import Fact, Forall, QuantifierBindings, parse_fact, parse_formula


def holds(facts, text):
    return parse_formula(text).holds(facts)


def test_what_nobody_observed_is_unknown(facts):
    assert holds(facts, "on(red_mug, counter)") is None
    assert holds(facts, "not on(red_mug, counter)") is None


def test_a_true_fact_makes_exclusive_ones_false(facts):
    believe(facts, "on(red_mug, counter)", "holding(apple)")
    assert holds(facts, "on(red_mug, table)") is False
    assert holds(facts, "in(red_mug, sink)") is False
    assert holds(facts, "hand_empty()") is False
    assert holds(facts, "holding(milk)") is False
    assert holds(facts, "on(apple, table)") is False


def test_moving_an_object_forgets_its_old_place(facts):
    believe(facts, "on(red_mug, counter)")
    believe(facts, "in(red_mug, sink)")
    assert holds(facts, "on(red_mug, counter)") is False
    believe(facts, "not in(red_mug, sink)")
    assert holds(facts, "on(red_mug, counter)") is False
    assert holds(facts, "on(red_mug, table)") is None


def test_defaults_and_given_predicates(facts):
    assert holds(facts, "not broken(glass)") is True
    assert holds(facts, "belongs(milk, sink)") is False


def test_beliefs_that_are_restored_change_only_what_differs(facts):
    believe(facts, "on(red_mug, counter)", "not is_open(fridge)")
    kept, mark = facts.copy(), facts.mark()
    believe(facts, "holding(red_mug)", "is_open(fridge)", "on(apple, table)")
    places, doors = facts.version_of("on").value, facts.version_of("is_open").value
    empty = facts.version_of("clean").value
    facts.restore(kept)
    assert facts.values() == kept.values()
    assert holds(facts, "on(red_mug, counter)") is True
    assert facts.version_of("on").value > places
    assert facts.version_of("is_open").value > doors
    assert facts.version_of("clean").value == empty
    changed = facts.changed_since(mark)
    assert {"on(apple, table)", "is_open(fridge)", "holding(red_mug)"} <= set(map(str, changed))


def test_versions_count_changes_of_value(facts):
    believe(facts, "is_open(fridge)")
    believe(facts, "is_open(fridge)")
    fact = parse_fact("is_open(fridge)")
    assert facts.belief(fact).version == 1
    believe(facts, "not is_open(fridge)")
    assert facts.belief(fact).version == 2
    assert facts.belief(fact).source == "test"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("is_open(fridge) and is_open(drawer)", None),
        ("is_open(fridge) or is_open(drawer)", True),
        ("not is_open(fridge) and is_open(drawer)", False),
        ("forall c in fridge -> is_open(c)", True),
        ("exists c in cabinet -> is_open(c)", True),
        ("count c in cabinet where is_open(c) >= 1", True),
        ("count c in cabinet where is_open(c) >= 2", None),
        ("count c in fridge where is_open(c) == 1", True),
        ("count c in fridge where is_open(c) <= 0", False),
    ],
)
def test_unknown_parts_decide_only_where_they_could(facts, text, value):
    believe(facts, "is_open(fridge)")
    assert holds(facts, text) is value


def test_forall_counts_only_what_is_known_to_qualify(facts):
    dirty = "forall d in mug where not clean(d) -> in(d, dishwasher)"
    assert holds(facts, dirty) is True
    believe(facts, "not clean(red_mug)", "on(red_mug, counter)")
    assert holds(facts, dirty) is False


def test_members_stay_members(facts):
    quantifier = parse_formula("forall x in movable where on(x, table) -> in(x, sink)")
    assert isinstance(quantifier, Forall)
    members = QuantifierBindings()
    believe(facts, "on(apple, table)")
    assert members.update(quantifier, facts) == ("apple",)
    believe(facts, "holding(apple)", "on(milk, table)")
    assert members.update(quantifier, facts) == ("apple", "milk")


def test_known_members_follow_every_change(facts):
    quantifier = parse_formula("forall x in movable where on(x, table) -> in(x, sink)")
    assert isinstance(quantifier, Forall)
    members, key = QuantifierBindings(), quantifier.key
    believe(facts, "on(apple, table)")
    members.update(quantifier, facts)
    before = members.copy()
    assert members.known() == {(key, ("apple",))}
    believe(facts, "on(milk, table)")
    members.update(quantifier, facts)
    assert members.known() == {(key, ("apple", "milk"))}
    assert before.known() == {(key, ("apple",))}
    members.put(key, ("milk",))
    assert members.known() == {(key, ("milk",))}
    members.restore(before)
    assert members.known() == {(key, ("apple",))}
    members.take_decision(parse_formula("is_open(fridge)"), value=True)
    assert members.known() == {(key, ("apple",)), ("if is_open(fridge)", ("true",))}


def test_a_copy_is_independent(facts):
    believe(facts, "on(apple, table)")
    twin = facts.copy()
    believe(twin, "in(apple, sink)")
    assert facts.value(Fact("on", ("apple", "table"))) is True
    assert twin.value(Fact("on", ("apple", "table"))) is False


@pytest.mark.parametrize(
    "text",
    [
        "in(milk, sink)",
        "holding(milk)",
        "not on(milk, table)",
        "not on(_, table)",
        "not in(milk, _)",
    ],
)
def test_what_a_literal_decides_covers_what_predicting_it_changes(facts, text):
    believe(facts, "on(milk, table)", "on(cheese, table)", "holding(red_mug)", "in(apple, sink)")
    atom = parse_formula(text)
    decided = set(facts.decided_by(atom))
    mark = facts.mark()
    facts.predict(atom, "a test", 0.0)
    changed = set(facts.changed_since(mark))
    assert changed <= decided
    assert len(decided) <= len(changed) + 1, "the literal itself may be so already"
