"""Settings of the language model: name, time limits, price and budget."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from treehand.core.errors import InputError
from treehand.documents.reader import Located
from treehand.skills.domain import Seconds

KINDS = ("openai", "langchain", "recorded")
_HINT = "openai:MODEL, langchain:PROVIDER:MODEL or recorded:FILE"


@dataclass(frozen=True)
class ModelName:
    """A language model, as ``--llm`` names it."""

    kind: Literal["openai", "langchain", "recorded"]
    rest: str
    """The model; for ``langchain`` the provider too; for ``recorded`` a file."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.rest}"

    @property
    def bare(self) -> str:
        """Return the model's own name, without its provider."""
        return self.rest.partition(":")[2] if self.kind == "langchain" else self.rest

    @classmethod
    def parse(cls, text: str) -> ModelName:
        """Return the model that a text names; raises `InputError` if it names none."""
        kind, _, rest = text.partition(":")
        is_whole = bool(rest) and (kind != "langchain" or all(rest.partition(":")))
        if kind not in KINDS or not is_whole:
            raise InputError.of("wrong-model", f"'{text}' names no language model", hint=_HINT)
        return cls(kind, rest)  # type: ignore[arg-type]


class Price(Located):
    """Price of a model, in US dollars per million tokens."""

    input: Annotated[float, Field(ge=0)]
    """Price of input tokens."""
    output: Annotated[float, Field(ge=0)]
    """Price of output tokens."""


class ModelBudget(Located):
    """Budget for language models; no call is made once it is used up."""

    run_tokens: Annotated[int, Field(ge=0)] | None = 200_000
    """Tokens, read and written, of one command or one console."""
    run_usd: Annotated[float, Field(ge=0)] | None = None
    """US dollars of one command or one console."""
    day_tokens: Annotated[int, Field(ge=0)] | None = None
    """Tokens of one day, over everything that uses the workspace."""
    day_usd: Annotated[float, Field(ge=0)] | None = None
    """US dollars of one day."""

    @property
    def is_of_money(self) -> bool:
        """Return True if a limit is in money, so that the model needs a price."""
        return self.run_usd is not None or self.day_usd is not None


@dataclass(frozen=True)
class ModelChoice:
    """Choice of the language model on the command line."""

    model: str | None = None
    """Model, as ``--llm`` names it; the deployment's if None."""
    is_logged: bool = True
    """True if prompts and answers may be kept."""
    record: Path | None = None
    """Where answers are written."""


class ModelSettings(Located):
    """The language model that reads goals, under ``llm:`` in ``treehand.yaml``."""

    model: str | None = None
    """`openai:MODEL`, `langchain:PROVIDER:MODEL` or `recorded:FILE`; none if left out."""
    base_url: str | None = None
    """Address of an OpenAI-compatible endpoint; `OPENAI_BASE_URL`, then OpenAI's, if left out."""
    key_env: str = "OPENAI_API_KEY"
    """Name of the environment variable that holds the key. The key itself is never in a file that
    is shared."""
    key_file: str | None = None
    """File that holds nothing but the key, from this file's folder."""
    timeout: Seconds = 60.0
    """Time limit for an attempt to begin, and then for the answer to end."""
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    """Attempts after the first, if the endpoint cannot be reached or is busy."""
    answer_tokens: Annotated[int, Field(ge=16)] = 4000
    """Longest answer."""
    temperature: Annotated[float, Field(ge=0)] | None = None
    """Sampling temperature; the endpoint's own if left out."""
    form: Literal["auto", "json_schema", "json_object", "tool", "text"] = "auto"
    """Form in which the answer is asked for. `auto` starts with `json_schema`, goes down this list
    when the endpoint refuses it, and remembers."""
    limit_key: Literal["auto", "max_tokens", "max_completion_tokens", "none"] = "auto"
    """Name of the parameter with the longest answer; `auto` learns it from refusals."""
    reasoning_effort: str | None = None
    """Reasoning effort that is asked for, such as `low`; the endpoint's own if left out."""
    headers: dict[str, str] = {}
    """Further HTTP headers of each request. Keys belong in `key_env` or `key_file`."""
    extra_body: dict[str, Any] = {}
    """Further fields of each request, as the endpoint's manual names them."""
    repairs: Annotated[int, Field(ge=0, le=3)] = 3
    """Rounds in which a wrong answer goes back, with what is wrong with it."""
    log: bool = True
    """True if prompts and answers are kept in the journal; their hashes always are."""
    record: str | None = None
    """File that answers are written to, for `recorded:FILE`."""
    prices: dict[str, Price] = {}
    """Prices by model name, in the stead of the packaged table's."""
    budget: ModelBudget = ModelBudget()
    """The budget."""

    def resolved(self, folder: Path, choice: ModelChoice) -> ModelSettings:
        """Return the settings with whole paths, and with what the command line says.

        Args:
            folder: The folder of the file they are from.
            choice: What the command line says.

        Raises:
            InputError: If a name is no model's.
        """
        changes: dict[str, object] = {}
        for key in ("key_file", "record"):
            path = getattr(self, key)
            if path is not None:
                changes[key] = str(folder / path)
        model = choice.model or self.model
        name = ModelName.parse(model) if model else None
        if name is not None and name.kind == "recorded" and choice.model is None:
            name = ModelName("recorded", str(folder / name.rest))
        if name is not None:
            changes["model"] = str(name)
        if choice.record is not None:
            changes["record"] = str(choice.record)
        changes["log"] = self.log and choice.is_logged
        return self.model_copy(update=changes)
