"""The language model that pip alone can install, asked through the client of the strong path."""

from dataclasses import replace

import pytest

from tests.driving import Session
from tests.readings import kind
from treehand.core.errors import ModelError
from treehand.orchestrator.config.deployment import Deployment
from treehand.planners.llm import ModelSettings
from treehand.planners.llm.local_model import find_model, require_model

pytest.importorskip("xllamacpp", reason="run `treehand setup local` for this")
if find_model() is None:
    pytest.skip("run `treehand setup local` for this", allow_module_level=True)

KITCHEN = Deployment.load(looks_here=False)


@pytest.fixture(scope="module")
def session():
    return Session(replace(KITCHEN, llm=ModelSettings(model="local")))


def test_the_file_is_the_one_that_it_should_be():
    assert require_model().name.endswith(".gguf")


def test_it_is_not_asked_where_the_grammar_understands():
    session = Session(replace(KITCHEN, llm=ModelSettings(model="local")))
    assert kind(session.understand("close the fridge")) == "goal"
    assert session.understand("put the mug in the sink").options == ("red mug", "blue mug")
    assert session.reader.meter.calls == 0


def test_what_it_makes_of_the_rest_is_always_asked_about(session):
    goal = session.understand("the milk ought to live in the fridge")
    assert session.reader.meter.calls >= 1
    assert kind(goal) == "question"
    assert goal.options == ("yes", "no")
    named = {term for atom in goal.goal.formula.atoms() for term in atom.fact.terms}
    assert named <= {"milk", "fridge"}
    assert kind(session.answered(goal, "yes")) == "goal"
    assert kind(session.answered(goal, "no")) == "question"


def test_what_names_nothing_here_is_not_asked_of_it(session):
    calls = session.reader.meter.calls
    assert kind(session.understand("sing a song about the sea")) == "question"
    assert session.reader.meter.calls == calls


def test_an_adapter_that_is_not_there_is_said(tmp_path):
    settings = ModelSettings(model="local", adapter=str(tmp_path / "no.gguf"))
    with pytest.raises(ModelError, match="there is no adapter"):
        Session(replace(KITCHEN, llm=settings)).understand("the milk ought to live in the fridge")
