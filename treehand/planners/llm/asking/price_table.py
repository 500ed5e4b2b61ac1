"""Prices of models: the settings', else the packaged table's."""

from __future__ import annotations

import os

from treehand.core.errors import MissingExtra
from treehand.planners.llm.contract.settings import ModelName, ModelSettings, Price

_MILLION = 1_000_000
_SAMPLE = 1000
"""Prices are asked for so many tokens: a very long prompt may cost more per token."""


def price_of(name: ModelName, settings: ModelSettings) -> Price | None:
    """Return the price of a model: the settings', else the packaged table's; None if unknown.

    The table is that of `genai-prices`, in the version that is installed; nothing is downloaded.
    """
    model = name.bare
    if model in settings.prices:
        return settings.prices[model]
    if name.kind == "recorded":
        return Price(input=0.0, output=0.0)
    if settings.base_url is not None or os.environ.get("OPENAI_BASE_URL"):
        return None  # somebody's own endpoint may give its model any name
    try:
        from genai_prices import Usage, calc_price
    except ModuleNotFoundError as error:
        raise MissingExtra("genai-prices", "llm") from error
    provider = name.rest.partition(":")[0] if name.kind == "langchain" else "openai"
    try:
        read = calc_price(Usage(input_tokens=_SAMPLE), model, provider_id=provider)
        written = calc_price(Usage(output_tokens=_SAMPLE), model, provider_id=provider)
    except LookupError:
        return None
    many = _MILLION / _SAMPLE
    return Price(input=float(read.total_price) * many, output=float(written.total_price) * many)
