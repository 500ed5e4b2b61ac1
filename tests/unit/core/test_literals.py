"""Facts, calls and observations: values with one text syntax."""

import pytest
from pydantic import BaseModel, ValidationError

from treehand.core.literals import (
    Call,
    CallField,
    Fact,
    FactField,
    Observation,
    ObservationField,
    SyntaxFault,
    parse_call,
    parse_fact,
    parse_observation,
)


class Holder(BaseModel):
    call: CallField
    fact: FactField
    seen: tuple[ObservationField, ...] = ()


SEEN = Observation(Fact("on", ("red_mug", "counter")), False, "camera [left]")
HOLDER = Holder(call=Call("pick", ("red_mug",)), fact=Fact("hand_empty", ()), seen=(SEEN,))


@pytest.mark.parametrize("text", ["pick(red_mug)", "go_to()", "put_in(a, b)", "put_in( a,b )"])
def test_a_call_is_written_as_it_is_read(text):
    assert parse_call(str(parse_call(text))) == parse_call(text)


@pytest.mark.parametrize("text", ["not(a)", "pick(where)", "Pick(a)", "pick(a", "pick(a) b", ""])
def test_what_is_no_literal_is_refused(text):
    for parse in (parse_call, parse_fact):
        with pytest.raises(SyntaxFault):
            parse(text)


def test_an_observation_says_sign_and_source():
    assert str(SEEN) == "not on(red_mug, counter) [camera [left]]"
    assert parse_observation(str(SEEN)) == SEEN
    with pytest.raises(SyntaxFault):
        parse_observation("on(red_mug, counter)")


def test_fields_are_values_inside_and_texts_outside():
    text = HOLDER.model_dump_json()
    assert '"call":"pick(red_mug)","fact":"hand_empty()"' in text
    assert HOLDER.model_dump()["seen"] == (str(SEEN),)
    read = Holder.model_validate_json(text)
    assert read == HOLDER
    assert [type(v) for v in (read.call, read.fact, *read.seen)] == [Call, Fact, Observation]


@pytest.mark.parametrize("given", [Fact("pick", ()), ("pick", ()), 3, None, "pick", "pick(A)"])
def test_a_field_takes_its_own_kind_or_a_text(given):
    with pytest.raises(ValidationError) as raised:
        Holder(call=given, fact=Fact("hand_empty", ()))
    [error] = raised.value.errors()
    assert error["loc"] == ("call",)
    assert error["ctx"]["code"] == "wrong-syntax"
