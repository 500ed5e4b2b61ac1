"""Checks of the project, the same here and in CI: `nox -l` lists them, `nox -s lint` runs one.

`.ci/run` is what must pass before a change lands, on one Python; the sessions below cover the
other versions and sets of dependencies.
"""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
import zipfile
from pathlib import Path

import nox

PYTHONS = ("3.11", "3.12", "3.13")
ROOT = Path(__file__).parent
GOAL = ("run", "put the red mug in the sink", "--yes", "--json")
BASE_TESTS = ("tests/unit", "tests/test_architecture.py")
"""Tests that need nothing beyond the base dependencies, pytest and hypothesis."""

nox.options.sessions = ["lint", "types", "docs", "build", "base-3.11", "tests-3.11"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Default tests with the pinned dependencies; arguments after `--` go to pytest."""
    session.install("-q", "-c", "constraints.txt", "-e", ".[dev]")
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "2"]))


@nox.session(python=PYTHONS)
def base(session: nox.Session) -> None:
    """The wheel without extras: one goal in an empty folder, then the base tests."""
    wheel = _wheel(session)
    session.install("-q", "-c", "constraints.txt", str(wheel), "pytest", "hypothesis")
    _run_a_goal(session)
    session.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *BASE_TESTS)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Lowest direct dependencies that pyproject.toml allows: one goal, then the base tests."""
    wheel = _wheel(session)
    pins = [pin for requirement in _base_dependencies() if (pin := _lowest(requirement))]
    session.install("-q", str(wheel), "pytest", "hypothesis", *pins)
    _run_a_goal(session)
    session.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *BASE_TESTS)


@nox.session(python=PYTHONS)
def newest(session: nox.Session) -> None:
    """Every test but the nightly ones with the newest dependencies, without constraints."""
    session.install("-q", "--upgrade", "--upgrade-strategy", "eager", "-e", ".[dev]")
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "2", "-m", "not nightly"]))


@nox.session(python=PYTHONS[0])
def lint(session: nox.Session) -> None:
    """Format and lint."""
    session.install("-q", "-c", "constraints.txt", "ruff")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session(python=PYTHONS[0])
def types(session: nox.Session) -> None:
    """Static types of the package and the tests."""
    session.install("-q", "-c", "constraints.txt", "-e", ".[dev]")
    session.run("mypy")


@nox.session(python=PYTHONS[0])
def docs(session: nox.Session) -> None:
    """The documentation site, in site/; a warning is an error."""
    session.install("-q", "-c", "constraints.txt", "-e", ".[docs]")
    session.run("mkdocs", "build", "--strict", "-q", env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session(python=PYTHONS[0])
def build(session: nox.Session) -> None:
    """Wheel and sdist in dist/; every module of the checkout is in both."""
    session.install("-q", "-c", "constraints.txt", "build")
    session.run("python", "-m", "build", "-q", "--outdir", "dist")
    wheel = max((ROOT / "dist").glob("*.whl"), key=lambda path: path.stat().st_mtime)
    packed = set(zipfile.ZipFile(wheel).namelist())
    missing = [
        name
        for path in sorted((ROOT / "treehand").rglob("*.py"))
        if (name := path.relative_to(ROOT).as_posix()) not in packed
    ]
    if missing:
        session.error(f"not in the wheel: {', '.join(missing)}")


def _wheel(session: nox.Session) -> Path:
    """Return a wheel of the checkout, built in a folder of its own."""
    folder = Path(session.create_tmp()).resolve()
    for old in folder.glob("*.whl"):
        old.unlink()
    session.run("pip", "wheel", "-q", "--no-deps", "-w", str(folder), ".")
    return next(folder.glob("*.whl"))


def _run_a_goal(session: nox.Session) -> None:
    """Run one goal with the installed package, outside of the checkout."""
    with tempfile.TemporaryDirectory() as folder, session.chdir(folder):
        out = session.run("treehand", *GOAL, "--workspace", folder, silent=True)
        if json.loads(str(out)).get("world_true") is not True:
            session.error(f"the goal was not reached: {out}")


def _base_dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return list(project["dependencies"])


def _lowest(requirement: str) -> str:
    """Return the pin of a requirement's lower bound, nothing where it has none."""
    found = re.match(r"([\w.-]+)>=([\d.]+)", requirement)
    return f"{found[1]}=={found[2]}" if found else ""
