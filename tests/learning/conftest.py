"""Workspaces of runs and trainings, outside of the folders that tests look into afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest


def _set(patched: pytest.MonkeyPatch, folder: Path) -> None:
    patched.setenv("TREEHAND_HOME", str(folder / "home"))
    patched.setenv("TREEHAND_REGISTRY", str(folder / "live"))


@pytest.fixture(scope="module", autouse=True)
def _workspace_of_shared_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        _set(patched, tmp_path_factory.mktemp("shared"))
        yield


@pytest.fixture(autouse=True)
def _own_workspace(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, tmp_path_factory.mktemp("own"))
    monkeypatch.setenv("TREEHAND_PARANOID", "1")
