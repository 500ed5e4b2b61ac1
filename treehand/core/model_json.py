r"""Models as JSON, whatever they hold: a lone surrogate is written as the text ``\ud800``."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

_SURROGATE = re.compile("[\ud800-\udfff]")


def model_json(model: BaseModel, **settings: Any) -> str:
    """Return a model as JSON that is UTF-8, as `BaseModel.model_dump_json` does.

    Args:
        model: The model.
        settings: Further arguments of `BaseModel.model_dump_json`.
    """
    try:
        return model.model_dump_json(**settings)
    except PydanticSerializationError:  # UTF-8 has no lone surrogates, and JSON readers refuse them
        data = model.model_dump(mode="json", **settings)
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return _SURROGATE.sub(lambda found: f"\\\\u{ord(found.group()):04x}", text)
