"""Ranker that ranks by verbs until the sentence encoder is ready."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import platformdirs

from treehand.core.errors import TreehandError
from treehand.planners.reading.encoder.model_file import SHA256, Array
from treehand.planners.reading.encoder.sentence_encoder import DIMENSION, SentenceEncoder
from treehand.planners.reading.requests.encoder_ranker import EncoderRanker
from treehand.planners.reading.requests.lexical_ranker import LexicalRanker
from treehand.planners.reading.requests.templates import MaskedClause, Template


class BackgroundRanker:
    """Ranks requests by meaning; by verbs alone until the phrases are indexed.

    A thread loads the encoder and embeds the phrases when the first clause is ranked. The vectors
    are kept in the user's cache folder, under a hash of the phrases and the model.

    Args:
        path: The encoder's file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lexical = LexicalRanker()
        self._meaning: EncoderRanker | None = None
        self._thread: threading.Thread | None = None
        self.error: TreehandError | None = None
        """Reason why the encoder cannot be used; None if it can, or nobody knows yet."""

    def likeness(self, clause: MaskedClause, template: Template) -> float:
        """Return from 0 to 1 how much a clause asks for a template."""
        return (self._meaning or self._lexical).likeness(clause, template)

    def prepare(self, templates: Sequence[Template], wait_s: float = 0.0) -> None:
        """Begin to index templates, once; wait for the end at most so long, in seconds."""
        if self._thread is None:
            phrases = sorted({phrase for template in templates for phrase in template.phrases})
            self._thread = threading.Thread(target=self._index, args=(phrases,), daemon=True)
            self._thread.start()
        if wait_s:
            self._thread.join(wait_s)

    def _index(self, phrases: Sequence[str]) -> None:
        try:
            encoder = SentenceEncoder(self._path)
        except TreehandError as error:
            self.error = error
            return
        vectors = _cached(phrases)
        if vectors is None:
            vectors = np.stack([encoder.vector(phrase) for phrase in phrases])
            _keep(phrases, vectors)
        self._meaning = EncoderRanker(encoder, dict(zip(phrases, vectors, strict=True)))


def _cache_file(phrases: Sequence[str]) -> Path:
    home = os.environ.get("TREEHAND_HOME") or platformdirs.user_cache_dir("treehand", False)
    digest = hashlib.sha256("\n".join((SHA256, *phrases)).encode()).hexdigest()[:24]
    return Path(home) / "phrases" / f"{digest}.npy"


def _cached(phrases: Sequence[str]) -> Array | None:
    try:
        vectors: Array = np.load(_cache_file(phrases), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    is_fitting = vectors.shape == (len(phrases), DIMENSION) and vectors.dtype == np.float32
    return vectors if is_fitting and np.isfinite(vectors).all() else None


def _keep(phrases: Sequence[str], vectors: Array) -> None:
    """Write the vectors; a folder that cannot be written to keeps none."""
    path = _cache_file(phrases)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".npy")
        with os.fdopen(handle, "wb") as file:
            np.save(file, vectors.astype(np.float32))
        Path(name).replace(path)
    except OSError:
        return
