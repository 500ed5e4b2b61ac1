"""The benchmark of the page's cost runs; slow clients and tests delay no tick."""

import json
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("playwright.sync_api", reason="needs the extra dev-web")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no browser"),
]


def test_browsers_slow_clients_and_tests_delay_no_tick():
    sizes = ["--nodes", "60", "--browsers", "1", "--slow", "10", "--rounds", "1", "--round-s", "3"]
    command = [sys.executable, "-m", "benchmarks.studio", "--json", *sizes]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for name in ("nobody", "tests", "browsers", "browsers and slow clients"):
        assert found[name]["tick_late_p95_ms"] < 50, found
    assert found["browsers"]["arrival_p95_ms"] > 0
