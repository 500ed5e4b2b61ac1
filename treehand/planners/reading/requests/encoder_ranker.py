"""Likeness of words and requests by a sentence encoder, beside that of their verbs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from treehand.planners.reading.encoder.model_file import Array
from treehand.planners.reading.encoder.sentence_encoder import SentenceEncoder
from treehand.planners.reading.requests.lexical_ranker import LexicalRanker, named_share
from treehand.planners.reading.requests.templates import MaskedClause, Template

_LEXICAL = 0.5
"""Share of the likeness of the verbs; the rest is the encoder's."""


class EncoderRanker:
    """Ranks requests by the meaning of the whole clause, and by its verbs.

    Args:
        encoder: Makes the vectors.
        index: Phrase of a template to its vector.
    """

    def __init__(self, encoder: SentenceEncoder, index: Mapping[str, Array]) -> None:
        self._lexical = LexicalRanker()
        self._index = index
        self._vector = lru_cache(maxsize=64)(encoder.vector)

    def likeness(self, clause: MaskedClause, template: Template) -> float:
        """Return from 0 to 1 how much a clause asks for a template."""
        lexical = self._lexical.likeness(clause, template)
        vectors = [self._index[one] for one in template.phrases if one in self._index]
        if not vectors:
            return lexical
        said = clause.masked if template.params else clause.said
        near = float(np.max(np.stack(vectors) @ self._vector(said)))
        meant = named_share(clause, template) * max(near, 0.0)
        return _LEXICAL * lexical + (1 - _LEXICAL) * meant
