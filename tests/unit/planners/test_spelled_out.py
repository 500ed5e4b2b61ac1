"""What texts leave unsaid is written out; what denies nothing is left out."""

import pytest

from treehand.orchestrator.config.deployment import Deployment
from treehand.planners.reading.nouns.noun_finder import NounFinder
from treehand.planners.reading.requests.parts.spelled_out import is_told, spelled_out
from treehand.skills.domain import Facts


@pytest.fixture(scope="module")
def lexicon():
    return Deployment.load(looks_here=False).lexicon


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("wash the glass , no rush , and open the fridge", "wash the glass , and open the fridge"),
        ("the glass goes in the sink , the red mug stays", "the glass goes in the sink"),
        ("the plates , the glass , wash the lot", "the plates , the glass , wash them"),
        ("the red mug stays", "the red mug stays"),
    ],
)
def test_words_are_written_out(lexicon, text, full):
    facts = Facts(lexicon.vocabulary)
    assert " ".join(spelled_out(text.split(), (), lexicon, NounFinder(lexicon), facts)) == full


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("the fridge is open", True),
        ("the kids wandered off", True),
        ("everything that is on the table goes in the sink", False),
        ("wash the glass", False),
    ],
)
def test_clauses_that_tell_are_known(lexicon, text, told):
    assert is_told(text.split(), lexicon) is told
