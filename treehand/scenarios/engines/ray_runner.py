"""Jobs on a cluster of Ray, or on a local one of this machine.

Each job is sent with its files, as a bundle with a hash that every computer unpacks once. A worker
of Ray gives it to a process of its own, as the pool does, so a job that hangs or dies costs neither
the worker nor another job. A job whose worker or computer is lost is begun again elsewhere.
"""

from __future__ import annotations

import getpass
import importlib
import multiprocessing
import os
import pickle
import platform
import socket
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from treehand.core.errors import InputError, MissingExtra
from treehand.core.text.outside_text import shortened
from treehand.scenarios.engines.file_bundle import FileBundle, unpacked
from treehand.scenarios.engines.job_window import in_order
from treehand.scenarios.engines.pool_runner import ProcessPlaces, window_for
from treehand.scenarios.engines.runners import RunnerJob, RunnerSettings

R = TypeVar("R")

MAX_RETRIES = 2
"""Most times that a job is begun again after its worker or its computer is lost."""
WAIT_S = 1.0
"""Longest wait before the head of the cluster is looked for."""
LOST_HEAD_S = 10.0
"""Longest time for which nothing may answer at the head's address: Ray itself ends this process,
without a word to its user, after a minute."""


def require_ray() -> ModuleType:
    """Return Ray; it is told to send no statistics about its use.

    Raises:
        MissingExtra: If it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray = importlib.import_module("ray")
    except ImportError as error:
        raise MissingExtra("ray", "scale") from error
    return ray


class RayRunner:
    """Runs jobs on a cluster of Ray.

    Args:
        settings: With an address, all processors of that cluster take part; without one, as many
            processes of this machine as `workers` says.

    Raises:
        MissingExtra: Without Ray.
    """

    def __init__(self, settings: RunnerSettings) -> None:
        self._ray = require_ray()
        self._settings = settings

    def run(self, jobs: Iterable[RunnerJob[R]], progress: Callable[[R], None]) -> Generator[R]:
        """Yield a report for each job.

        Raises:
            InputError: If the cluster cannot be reached, is lost, or has another version.
        """
        with _connected(self._ray, self._settings) as processors:
            places = RayPlaces(self._ray, self._settings.results)
            yield from in_order(places, jobs, progress, window=window_for(processors))


@contextmanager
def _connected(ray: ModuleType, settings: RunnerSettings) -> Iterator[int]:
    """Connect to the cluster and give the number of its processors."""
    quiet = {"log_to_driver": False, "configure_logging": False, "include_dashboard": False}
    try:
        if settings.address is None:
            ray.init(
                address="local", num_cpus=settings.workers, _node_ip_address="127.0.0.1", **quiet
            )
        else:
            del quiet["include_dashboard"]
            _require_listener(settings.address)
            ray.init(address=settings.address, **quiet)
    except Exception as error:  # Ray raises many kinds
        raise _unreachable(settings.address, error) from error
    try:
        yield max(1, int(ray.cluster_resources().get("CPU", 1)))
    finally:
        ray.shutdown()


def _require_listener(address: str) -> None:
    """Raise `OSError` if nothing listens at an address; Ray would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), LOST_HEAD_S).close()


def _unreachable(address: str | None, error: BaseException) -> InputError:
    where = f"the cluster at '{address}'" if address else "a local cluster"
    message = f"{where} cannot be reached: {shortened(str(error).splitlines()[0], 200)}"
    hint = "start it with `ray start --head`, and give --address HOST:PORT"
    return InputError.of("unreachable-cluster", message, hint=hint)


@dataclass(frozen=True)
class _Sent:
    """One job, as a worker gets it."""

    versions: tuple[str, str]
    name: str
    """Path of the job's file in its bundle."""
    digest: str
    job: bytes
    """The pickled job: read after the versions are compared."""


@dataclass(frozen=True)
class _OtherVersions:
    """Answer of a worker that has other versions than this process."""

    versions: tuple[str, str]
    computer: str


class RayPlaces:
    """Workers of a cluster that do jobs.

    Args:
        ray: The library, connected.
        results: Files and folders of results, which are not sent.
    """

    def __init__(self, ray: ModuleType, results: Sequence[Path] = ()) -> None:
        self._ray = ray
        self._results = results
        self._remote = ray.remote(num_cpus=1, max_retries=MAX_RETRIES)(_work)
        self._jobs: dict[Any, tuple[int, RunnerJob[Any]]] = {}
        """Reference of a coming report to number and job."""
        self._head = ray.get_runtime_context().gcs_address
        self._answered_s = time.monotonic()
        """When the head's address answered last."""
        self._bundles: dict[tuple[Path, ...], tuple[FileBundle, Any]] = {}

    def begin(self, number: int, job: RunnerJob[Any]) -> None:
        """Hand out a job, with its files."""
        named = job.named_files
        if named not in self._bundles:
            bundle = FileBundle.of(named, without=self._results)
            self._bundles[named] = (bundle, self._ray.put(bundle.packed()))
        bundle, packed = self._bundles[named]
        name = job.path.resolve().relative_to(bundle.root).as_posix()
        sent = _Sent(_versions(), name, bundle.digest, pickle.dumps(job))
        self._jobs[self._remote.remote(packed, sent)] = (number, job)

    def finished(self) -> list[tuple[int, Any]]:
        """Wait for a while; numbers and reports of the jobs that are done.

        Raises:
            InputError: If a worker has other versions, or the head of the cluster is gone.
        """
        waiting = list(self._jobs)
        ready, _ = self._ray.wait(waiting, num_returns=1, timeout=WAIT_S)
        if not ready:
            self._look_for_head()
            return []
        self._answered_s = time.monotonic()
        more, _ = self._ray.wait(waiting, num_returns=len(waiting), timeout=0)
        return [self._report(reference) for reference in dict.fromkeys((*ready, *more))]

    def _report(self, reference: Any) -> tuple[int, Any]:
        number, job = self._jobs.pop(reference)
        try:
            answer = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            first = next(iter(str(error).strip().splitlines()), type(error).__name__)
            return number, job.lost(f"its worker was lost: {shortened(first, 200)}")
        if isinstance(answer, _OtherVersions):
            raise _wrong_version(answer)
        return number, job.brought_back(answer)

    def _look_for_head(self) -> None:
        host, _, port = self._head.rpartition(":")
        try:
            socket.create_connection((host, int(port)), WAIT_S).close()
            self._answered_s = time.monotonic()
        except OSError as error:
            if time.monotonic() - self._answered_s > LOST_HEAD_S:
                raise _lost_head(self._head, error) from error


def _lost_head(address: str, error: OSError) -> InputError:
    message = f"the head of the cluster at {address} is gone: {error.strerror or error}"
    hint = "`treehand campaign --out FILE` keeps what is finished; start the cluster, and go on"
    return InputError.of("unreachable-cluster", message, hint=hint)


def _wrong_version(found: _OtherVersions) -> InputError:
    theirs, ours = (f"treehand {a} on Python {b}" for a, b in (found.versions, _versions()))
    message = f"computer '{found.computer}' has {theirs}, and this one {ours}"
    hint = "install the same version on every computer of the cluster"
    return InputError.of("wrong-version", message, hint=hint)


def _versions() -> tuple[str, str]:
    return version("treehand"), ".".join(platform.python_version_tuple()[:2])


def _work(packed: bytes, sent: _Sent) -> Any:
    """Do a job on a worker of the cluster."""
    if sent.versions != _versions():
        return _OtherVersions(_versions(), platform.node())
    job: RunnerJob[Any] = pickle.loads(sent.job)
    root = unpacked(packed, sent.digest, bundle_folder())
    [report] = in_order(_places(), [job.moved(root / sent.name)], lambda done: None, window=1)
    return report


def bundle_folder() -> Path:
    """Return the folder of this user's bundles on this computer."""
    folder = Path(tempfile.gettempdir()) / f"treehand-bundles-{getpass.getuser()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"'{folder}' belongs to somebody else")
    return folder


@cache
def _places() -> ProcessPlaces:
    """Return the process that this worker gives its jobs to."""
    return ProcessPlaces(1, context=multiprocessing.get_context("spawn"))
