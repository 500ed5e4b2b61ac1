"""Hours of kitchen work, compressed: nothing grows, nothing leaks; eight of them nightly."""

import gc
import statistics
import threading
import tracemalloc

import pytest

from tests.driving import run_goal
from treehand.orchestrator.store.workspace import Workspace


@pytest.mark.parametrize(
    "hours",
    [pytest.param(3, marks=pytest.mark.slow), pytest.param(8, marks=pytest.mark.nightly)],
)
def test_hours_leave_no_threads_and_no_memory(deployment, tmp_path, hours):
    workspace = Workspace(tmp_path)
    worked_s, seed = 0.0, 0
    sizes, used = [], []
    threads = threading.active_count()
    tracemalloc.start()
    while worked_s < hours * 3600:
        faults = ["grasp-dropped@pick(_):3", "close(dishwasher)@60s"]
        result = run_goal(
            "clean the kitchen", deployment, seed=seed, faults=faults, workspace=workspace
        )
        worked_s, seed = worked_s + result.sim_time_s, seed + 1
        gc.collect()
        used.append(tracemalloc.get_traced_memory()[0])
        sizes.append(workspace.find_run(result.run_id).journal.stat().st_size)
    tracemalloc.stop()
    assert threading.active_count() <= threads
    half, third = len(used) // 2, len(used) // 3
    # The bounded memory of plans fills in the first third, and gives up and rebuilds about 3 MB
    # now and then: a mean over few runs shows where that fell, a median shows what stays.
    growth = statistics.median(used[2 * third :]) - statistics.median(used[third : 2 * third])
    assert growth / third < 10_000, "bytes a run"
    assert max(sizes[half:]) < 2 * max(sizes[:half]), "a journal grows with its own run alone"
