"""Language models that only a deployment file names: reading commands do not ask them."""

from __future__ import annotations

from dataclasses import replace

from treehand.core.errors import Finding, InputError
from treehand.orchestrator.config.code import NotLoaded
from treehand.orchestrator.config.deployment import Deployment

_ENDPOINT_TEXTS = ("base_url", "key_env", "key_file", "record")
"""Settings that say where prompts and keys go, which key that is, or which file is written."""


def asking_no_stranger(deployment: Deployment) -> Deployment:
    """Return a deployment that asks no language model that only its file names.

    A file of a stranger could otherwise name a server, and a key or a file to be sent there.

    Args:
        deployment: A deployment whose code was not imported.

    Raises:
        InputError: If the command line names a model, and the file says how it is reached.
    """
    llm, chosen = deployment.llm, deployment.source.llm
    if llm.model is None:
        return deployment
    if chosen is None:
        span = llm.span("model")
        place = f" of {span.file}:{span.line}" if span is not None else ""
        unasked = NotLoaded("language model", f"{llm.model}{place}")
        return replace(
            deployment,
            llm=llm.model_copy(update={"model": None}),
            not_loaded=(*deployment.not_loaded, unasked),
        )
    given = [key for key in _ENDPOINT_TEXTS if llm.text(key) is not None]
    given += ["headers"] if llm.headers else []
    if given and not chosen.startswith("recorded:"):
        hint = "give --load if you trust the file"
        raise InputError(
            Finding(
                "unread-endpoint",
                f"'llm: {key}' would say what {chosen} is sent, and where",
                llm.span(key),
                hint,
            )
            for key in given
        )
    return deployment
