"""A real cluster of Ray with two nodes on this machine, one of which is killed.

pip install 'treehand[scale,test]'; python -m pytest -m nightly tests/nightly/test_ray.py
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="needs the extra scale")
pytestmark = pytest.mark.nightly

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "scenarios" / "dropped_mug.scenario.yaml"
RAY = Path(sys.executable).with_name("ray")
ENVIRONMENT = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
RUNS = 300


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children(pid):
    """Return the processes below one, itself among them."""
    found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = [tuple(map(int, line.split())) for line in found.stdout.splitlines()]
    below = [pid]
    for one in below:
        below += [child for child, parent in parents if parent == one]
    return below


class Cluster:
    """A head and another node, each with one processor and a port of its own."""

    def __init__(self, folder):
        self.address = f"127.0.0.1:{free_port()}"
        self._log = (folder / "nodes.log").open("w")
        port = self.address.rpartition(":")[2]
        self.head = self._start("--head", f"--port={port}", "--include-dashboard=false")
        self._wait_for_port(int(port))
        self.other = self._start(f"--address={self.address}")
        time.sleep(5)  # Ray has no other sign on its command line

    def _start(self, *options):
        command = [RAY, "start", "--block", "--num-cpus=1", "--node-ip-address=127.0.0.1"]
        return subprocess.Popen(
            [*command, *options], env=ENVIRONMENT, stdout=self._log, stderr=self._log
        )

    def _wait_for_port(self, port):
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.2)
        raise AssertionError("the head did not start")

    def kill(self, node):
        for pid in reversed(children(node.pid)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        node.wait()

    def close(self):
        self.kill(self.other)
        self.kill(self.head)
        self._log.close()


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    yield made
    made.close()


def command(*options):
    return [sys.executable, "-m", "treehand", *map(str, options)]


def compare(address, runs=RUNS):
    both = [SCENARIO, SCENARIO]
    options = ("--runs", runs, "--engine", "ray", "--address", address, "--json")
    return subprocess.Popen(
        command("compare", *both, *options),
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def expected():
    done = subprocess.run(
        command("compare", SCENARIO, SCENARIO, "--runs", RUNS, "-n", 2, "--json"),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_killed_node_costs_no_case(cluster):
    process = compare(cluster.address)
    time.sleep(10)
    assert process.poll() is None, "nothing was left to interrupt"
    cluster.kill(cluster.other)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert json.loads(out) == expected()


def test_a_dead_head_is_told_in_time(cluster):
    process = compare(cluster.address, runs=20_000)
    time.sleep(10)
    cluster.kill(cluster.head)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "unreachable-cluster: the head of the cluster" in err


def test_no_cluster_is_told():
    process = compare(f"127.0.0.1:{free_port()}")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "unreachable-cluster: the cluster at '127.0.0.1:" in err


def test_a_local_cluster_runs_files_of_a_users_folder(tmp_path):
    shutil.copy(SCENARIO, tmp_path)
    done = subprocess.run(
        command("test", tmp_path, "--engine", "ray", "-n", 2, "--json"),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    [found] = json.loads(done.stdout)["scenarios"]
    assert found["status"] == "passed"
    assert found["path"] == str(tmp_path / SCENARIO.name)
