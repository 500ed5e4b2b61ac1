"""Settings of the reader of people's words."""

from __future__ import annotations

from pathlib import Path

from treehand.documents.reader import Located
from treehand.planners.reading.encoder.model_file import model_path
from treehand.planners.reading.requests.background_ranker import BackgroundRanker
from treehand.planners.reading.requests.candidates import Ranker
from treehand.planners.reading.requests.lexical_ranker import LexicalRanker

OFF = "off"


class WordSettings(Located):
    """``words:`` of the deployment file."""

    encoder: str | None = None
    """Folder of a local copy of the sentence encoder, ``model.onnx``; the one of the extra
    ``words`` if left out and it is installed; ``off`` for none."""

    def resolved(self, base: Path) -> WordSettings:
        """Return the settings with the folder as seen from another one.

        Args:
            base: Folder that a relative path begins at.
        """
        if self.encoder in (None, OFF):
            return self
        return self.model_copy(update={"encoder": str(base / str(self.encoder))})

    def ranker(self) -> Ranker:
        """Return the ranker of requests: by meaning where there is an encoder, else by verbs."""
        if self.encoder == OFF:
            return LexicalRanker()
        path = model_path(Path(self.encoder) if self.encoder is not None else None)
        return BackgroundRanker(path) if path is not None else LexicalRanker()
