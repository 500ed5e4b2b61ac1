"""The text syntax of expressions, and what they give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treehand.core.literals import SyntaxFault
from treehand.trees.format.expression import Constant, KeyName, Operation, evaluate
from treehand.trees.format.expression_syntax import MAX_EXPRESSION, parse_expression


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 2 - 3", 5.0),
        ("-2 * -3", 6.0),
        ("7 % 4 / 2", 1.5),
        ("x + 1", 4.0),
        ("'it''s ' + 'red'", "it's red"),
        ("x > 2 and not x == 4", True),
        ("1 if x < 2 else 2 if x < 4 else 3", 2.0),
        ("[1, -2.5]", (1.0, -2.5)),
        ("['a', 'b'] == ['a', 'b']", True),
        ("x == 'a'", False),
        ("true or missing > 1", True),
    ],
)
def test_what_an_expression_gives(text, value):
    assert evaluate(parse_expression(text), {"x": 3.0}.get) == value


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 0),
        ("1 +", 3),
        ("1 + * 2", 4),
        ("(1", 2),
        ("a b", 2),
        ("1 if 2", 6),
        ("'open", 0),
        ("[1, 'a']", 8),
        ("[x]", 2),
        ("a = 3", 2),
        ("Upper", 0),
        ("a; b", 1),
        ("1e999", 0),
        ("(" * 60 + "1" + ")" * 60, 40),
        ("1" + " + 1" * 60, None),
        ("1" * (MAX_EXPRESSION + 1), MAX_EXPRESSION),
    ],
)
def test_mistakes_have_a_column(text, column):
    with pytest.raises(SyntaxFault) as raised:
        parse_expression(text)
    assert column is None or raised.value.column == column


def expressions():
    leaves = st.sampled_from([KeyName("a"), KeyName("b"), Constant(2.5), Constant(-3.0)])
    leaves |= st.sampled_from([Constant("it's"), Constant(True), Constant(("x", "y"))])

    def made(part):
        two = st.tuples(st.sampled_from(["+", "-", "*", "/", "%", "==", "<", "and", "or"]))
        return (
            st.builds(lambda s, a, b: Operation(s[0], (a, b)), two, part, part)
            | st.builds(lambda a: Operation("not", (a,)), part)
            | st.builds(lambda a: Operation("negative", (KeyName("a"),)), part)
            | st.builds(lambda a, b, c: Operation("if", (a, b, c)), part, part, part)
        )

    return st.recursive(leaves, made, max_leaves=6)


@given(expressions())
def test_the_text_of_an_expression_gives_it_again(expression):
    parsed = parse_expression(str(expression))
    assert str(parsed) == str(expression)
    assert parse_expression(str(parsed)) == parsed
