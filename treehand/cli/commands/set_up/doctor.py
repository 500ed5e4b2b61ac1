"""``treehand doctor``."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import typer

import treehand
from treehand.cli.arguments.options import DeploymentOptions, Folder, Json, Load
from treehand.cli.views.output import SIGNS, console_for
from treehand.cli.views.plain_output import print_json
from treehand.core.errors import StorageError, TreehandError
from treehand.core.exit_codes import ExitCode
from treehand.core.text.printable_console import marked
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.store.workspace import Workspace

EXAMPLE = "treehand doctor --json"
EXTRAS = (
    *("web", "mcp", "ros", "test", "llm", "llama", "words", "policies", "lerobot", "physics"),
    *(
        "record",
        "learn",
        "vla",
        "pddl",
        "fast-downward",
        "lsp",
        "png",
        "mcap",
        "otel",
        "groot",
        "scale",
    ),
)
"""Every extra but those for the development of Treehand itself."""
LEAST_FREE_GB = 1.0
"""Less free disk than this is a warning: journals and pictures need it."""
REACHED_S = 2.0
"""Time limit for a policy server."""
DRAWN_S = 60.0
"""Time limit for the first picture."""
_DRAW = """
import treehand.worlds.physics, mujoco
mujoco.Renderer(mujoco.MjModel.from_xml_string("<mujoco/>"), 8, 8)
"""


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at."""

    name: str
    result: Literal["ok", "warning", "failed", "skipped"]
    detail: str
    hint: str = ""


def doctor(
    *,
    as_json: Json = False,
    load: Load = False,
    deployment: DeploymentOptions,
    workspace: Folder = None,
) -> None:
    """Check this installation and its deployment.

    Looks at Python, extras, OpenGL, the deployment file, policy servers, API keys (never shown),
    disk and latched stops. Nothing moves. Exits with 1 if a check failed.
    """
    console = console_for(as_json=as_json)
    found: list[Diagnosis] = []
    for check in _checks(deployment, Workspace.find(workspace), load=load):
        found.append(check)
        hint = f"\n    hint: {check.hint}" if check.hint else ""
        console.print(marked("{} {:18} {}{}", SIGNS[check.result], check.name, check.detail, hint))
    has_failed = any(check.result == "failed" for check in found)
    if as_json:
        report = {"ok": not has_failed, "checks": [asdict(check) for check in found]}
        print_json(report)
    raise typer.Exit(ExitCode.FAILURE if has_failed else ExitCode.SUCCESS)


def _checks(options: DeploymentOptions, workspace: Workspace, *, load: bool) -> Iterator[Diagnosis]:
    yield _python()
    yield Diagnosis("treehand", "ok", f"{treehand.__version__}, {Path(treehand.__file__).parent}")
    yield from map(_extra, EXTRAS)
    yield _opengl()
    try:
        loaded = Deployment.load(options.overrides(), imports=load)
    except TreehandError as error:
        yield Diagnosis("deployment", "failed", str(error))
    else:
        file = loaded.source.config or "no treehand.yaml"
        yield Diagnosis("deployment", "ok", f"world '{loaded.kind.name}', {file}")
        for code in loaded.not_loaded:
            detail = f"{code.reference} was read, not imported"
            yield Diagnosis(f"code of {code.what}", "skipped", detail, "give --load to import it")
        yield from _policies(loaded)
        yield _key(loaded)
    yield _disk(workspace)
    yield _stops(workspace)


def _python() -> Diagnosis:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Diagnosis("python", "ok", f"{version}, {sys.executable}")
    return Diagnosis("python", "warning", version, "Treehand is tested on 3.11, 3.12 and 3.13")


def _extra(name: str) -> Diagnosis:
    """Return the missing packages of an extra."""
    try:
        required = importlib.metadata.requires("treehand") or []
    except importlib.metadata.PackageNotFoundError:
        return Diagnosis(f"extra {name}", "skipped", "treehand is not installed as a package")
    wanted = list(_packages(name, required))
    if not wanted:
        detail = "the installed version does not know it"
        return Diagnosis(f"extra {name}", "skipped", detail, "install treehand again")
    missing = [package for package in wanted if not _is_installed(package)]
    if not missing:
        return Diagnosis(f"extra {name}", "ok", ", ".join(wanted))
    hint = f"pip install 'treehand[{name}]', or '.[{name}]' in a clone"
    return Diagnosis(f"extra {name}", "skipped", f"not installed: {', '.join(missing)}", hint)


def _packages(extra: str, required: list[str]) -> Iterator[str]:
    """Yield the packages of an extra, those of the extras that it includes among them."""
    for line in required:
        if re.search(rf"extra == ['\"]{extra}['\"]", line):
            included = re.match(r"treehand\[([\w,-]+)\]", line)
            if included is None:
                yield re.split(r"[^\w.-]", line, maxsplit=1)[0]
            for one in included[1].split(",") if included is not None else ():
                yield from _packages(one, required)


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _opengl() -> Diagnosis:
    """Draw one picture in a process of its own: a driver that crashes must not end this one."""
    if importlib.util.find_spec("mujoco") is None:
        return Diagnosis("opengl", "skipped", "the extra 'physics' is not installed")
    # -P: with -c, Python would look for every module in the current folder first.
    command = [sys.executable, "-P", "-c", f"import sys; sys.path[:] = {sys.path!r}{_DRAW}"]
    hint = "on Debian: apt install libegl1, or libosmesa6 with MUJOCO_GL=osmesa"
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DRAWN_S)
    except subprocess.TimeoutExpired:
        return Diagnosis("opengl", "warning", f"no picture after {DRAWN_S:.0f} s", hint)
    if done.returncode == 0:
        return Diagnosis("opengl", "ok", "a picture was drawn off screen")
    reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
    return Diagnosis("opengl", "warning", f"no pictures: {reason}", hint)


def _policies(deployment: Deployment) -> Iterator[Diagnosis]:
    """Yield for each bound policy whether its server takes a connection."""
    for skill, service in deployment.policies.items():
        name = f"policy of {skill}"
        address = urlsplit(service.address)
        if "://" not in service.address:
            is_there = Path(service.address).exists()
            detail = service.address if is_there else f"there is no '{service.address}'"
            yield Diagnosis(name, "ok" if is_there else "failed", detail)
            continue
        began_s = time.perf_counter()
        port = address.port or (443 if address.scheme in ("https", "wss") else 80)
        shown = f"{address.scheme}://{address.hostname}:{port}"
        try:
            socket.create_connection((address.hostname or "", port), REACHED_S).close()
        except OSError as error:
            hint = f"start the server, then: treehand check-policy treehand.yaml --skill {skill}"
            yield Diagnosis(name, "failed", f"{shown} cannot be reached: {error}", hint)
        else:
            took_ms = (time.perf_counter() - began_s) * 1e3
            yield Diagnosis(name, "ok", f"{shown} takes connections ({took_ms:.0f} ms)")


def _key(deployment: Deployment) -> Diagnosis:
    """Return the presence of the language model's key; the key itself is never shown."""
    llm = deployment.llm
    if llm.key_file is not None:
        is_there = Path(llm.key_file).is_file()
        where = f"file '{llm.key_file}'"
    else:
        is_there = bool(os.environ.get(llm.key_env))
        where = f"variable {llm.key_env}"
    state = "is set" if is_there else "is not set"
    if llm.model is None:
        return Diagnosis("api key", "skipped", f"{where} {state}; no language model is configured")
    if is_there:
        return Diagnosis("api key", "ok", f"{where} {state}, for {llm.model}")
    if not llm.model.startswith("openai:") or llm.base_url or os.environ.get("OPENAI_BASE_URL"):
        return Diagnosis("api key", "skipped", f"{where} {state}; {llm.model} may need none")
    return Diagnosis(
        "api key", "failed", f"{where} {state}, and {llm.model} needs it", f"set {where}"
    )


def _disk(workspace: Workspace) -> Diagnosis:
    """Return the free space of the journals' folder, and its state."""
    folder = workspace.folder
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return Diagnosis("disk", "failed", f"{folder} cannot be written", "give --workspace")
    free_gb = shutil.disk_usage(there).free / 1e9
    detail = f"{free_gb:.1f} GB free for {folder}"
    if free_gb < LEAST_FREE_GB:
        return Diagnosis("disk", "warning", detail, "delete old runs: treehand prune")
    return Diagnosis("disk", "ok", detail)


def _stops(workspace: Workspace) -> Diagnosis:
    """Return the runs whose worlds are stopped."""
    stopped = []
    for number in workspace.runs():
        files = workspace.find_run(number)
        try:
            place = workspace.place_of_run(files)
        except StorageError:
            place = files.place
        if place.latch.stops():
            stopped.append(number)
    if not stopped:
        return Diagnosis("latched stops", "ok", "none")
    hint = f"when the way is clear: treehand rearm {stopped[-1]}"
    return Diagnosis("latched stops", "warning", f"stopped: run {', '.join(stopped)}", hint)
