import pytest

from treehand.skills.domain import (
    Call,
    Fact,
    SyntaxFault,
    parse_call,
    parse_fact,
    parse_formula,
    positive_form,
)

FORMULAS = [
    "hand_empty()",
    "on(red_mug, counter)",
    "not is_open(fridge)",
    "holding(x) and not broken(x)",
    "on(x, table) or in(x, sink)",
    "(on(x, table) or in(x, sink)) and clean(x)",
    "not (clean(x) and broken(x))",
    "forall d in dish where not clean(d) -> in(d, dishwasher)",
    "forall d in dish except glass, pan -> clean(d) and in(d, sink)",
    "exists c in container -> in(x, c)",
    "count p in plate where clean(p) >= 2",
    "(forall d in dish -> clean(d)) and hand_empty()",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_prints_as_it_is_read(text):
    assert str(parse_formula(text)) == text


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("on(red_mug counter)", 11, "expected ')'"),
        ("on(red_mug, )", 12, "expected an argument"),
        ("on", 2, "expected '('"),
        ("on(a) on(b)", 6, "expected the end"),
        ("on(A)", 3, "expected an argument"),
        ("forall d dish -> on(d)", 9, "expected 'in'"),
        ("count p in plate where clean(p) > 2", 32, "expected '>=', '<=' or '=='"),
        ("on(a) & on(b)", 6, "'&' is not expected"),
        ("", 0, "expected a name"),
    ],
)
def test_a_syntax_fault_says_where(text, column, message):
    with pytest.raises(SyntaxFault) as caught:
        parse_formula(text)
    assert caught.value.column == column
    assert message in str(caught.value)
    assert caught.value.hint


def test_in_is_a_predicate_and_a_keyword():
    assert str(parse_formula("forall c in container where in(x, c) -> is_open(c)"))


def test_calls_and_facts():
    assert parse_call("pick(red_mug)") == Call("pick", ("red_mug",))
    assert parse_fact("hand_empty()") == Fact("hand_empty", ())
    assert str(parse_call("put_in(a, b)").substitute({"a": "mug"})) == "put_in(mug, b)"


def test_substitution_captures_no_variable():
    inner = parse_formula("forall c in container where in(item, c) -> is_open(c)")
    assert str(inner.substitute({"item": "c"})) == (
        "forall c_ in container where in(c, c_) -> is_open(c_)"
    )


@pytest.mark.parametrize(
    ("text", "positive"),
    [
        (
            "not (exists x in mug where on(x, table) -> clean(x))",
            "forall x in mug -> not on(x, table) or not clean(x)",
        ),
        ("not (exists x in mug -> clean(x))", "forall x in mug -> not clean(x)"),
        (
            "not (forall x in mug where on(x, table) -> clean(x))",
            "exists x in mug where on(x, table) -> not clean(x)",
        ),
    ],
)
def test_a_denied_quantifier_is_about_the_same_objects_in_positive_form(text, positive):
    assert str(positive_form(parse_formula(text))) == positive
