"""Key of an endpoint, from the environment or from a file."""

from __future__ import annotations

import os
from pathlib import Path

from treehand.core.errors import ModelError
from treehand.core.files.plain_files import read_plain
from treehand.planners.llm.contract.settings import ModelSettings


def key_of(settings: ModelSettings, name: str = "the model") -> str | None:
    """Return the key that the settings point to; None if there is none.

    Raises:
        ModelError: If the key's file cannot be read, or the key is none.
    """
    place = settings.key_file or settings.key_env
    if settings.key_file is None:
        key = os.environ.get(settings.key_env, "")
    else:
        try:
            key = read_plain(Path(settings.key_file)).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"the key cannot be read from '{settings.key_file}': {error}"
            raise ModelError("missing-api-key", message, "look at 'llm: key_file'") from error
    key = key.strip()
    if not key.isascii() or not key.isprintable():
        message = f"the key for {name} holds characters that no key has"
        raise ModelError("key-rejected", message, f"look at {place}")
    return key or None
