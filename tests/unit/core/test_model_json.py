"""A text with lone surrogates, as models and file names give them, can be written down."""

from treehand.core.events import EVENTS, QuestionAsked
from treehand.core.model_json import model_json


def test_a_lone_surrogate_is_kept_as_its_escape():
    event = QuestionAsked(t_s=1.0, question='which "\ud800"?', options=("é",))
    text = model_json(event)
    text.encode()
    read = EVENTS.validate_json(text)
    assert read.question == 'which "\\ud800"?'
    assert read.options == ("é",)


def test_other_models_are_written_as_ever():
    event = QuestionAsked(t_s=1.0, question="which?", options=())
    assert model_json(event) == event.model_dump_json()
    assert model_json(event, exclude_defaults=True) == event.model_dump_json(exclude_defaults=True)
