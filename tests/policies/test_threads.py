"""The number of threads of a policy's matrix products."""

import os
import subprocess
import sys

import pytest

NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
PROGRAM = """
import os, sys
import treehand.__main__
assert "numpy" not in sys.modules
sys.argv = ["treehand", "schema", "tree"]
try:
    treehand.__main__.main()
except SystemExit:
    pass
import numpy
numpy.ones((300, 300)) @ numpy.ones((300, 300))
print()
print(os.environ.get("OPENBLAS_NUM_THREADS"), len(os.listdir("/proc/self/task")))
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not os.path.isdir("/proc/self/task") or (os.cpu_count() or 1) < 2,
    reason="counts the threads of Linux on several cores",
)
@pytest.mark.parametrize(
    ("chosen", "told"),
    [({}, ("1", 1)), ({"OMP_NUM_THREADS": "2"}, ("None", 2)), ({"OMP_NUM_THREADS": ""}, ("1", 1))],
)
def test_one_thread_computes_unless_the_user_chose_a_number(chosen, told):
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment | chosen,
        capture_output=True,
        text=True,
        check=True,
    )
    variable, count = done.stdout.split()[-2:]
    assert (variable, min(int(count), 2)) == told
