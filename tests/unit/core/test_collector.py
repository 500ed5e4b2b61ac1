"""Python's collector during runs in a program of somebody else."""

import gc

import pytest

from treehand.core.collector import IN_TICKS, collect_between_ticks, collected_between_ticks


@pytest.fixture(autouse=True)
def collector():
    """Python's own thresholds, and afterwards those that were."""
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.enable()
    gc.set_threshold(*before)


def test_the_thresholds_are_the_programs_again_after_the_last_run():
    first, second = collected_between_ticks(), collected_between_ticks()
    first.__enter__()
    second.__enter__()
    assert gc.get_threshold() == (IN_TICKS, 10, 10)
    first.__exit__(None, None, None)
    assert gc.get_threshold() == (IN_TICKS, 10, 10)
    second.__exit__(None, None, None)
    assert gc.get_threshold() == (700, 10, 10)


def test_a_run_that_raises_gives_the_thresholds_back():
    with pytest.raises(KeyError), collected_between_ticks():
        raise KeyError
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("own", [(0, 10, 10), (IN_TICKS + 1, 5, 5)])
def test_a_program_that_collects_less_keeps_its_thresholds(own):
    gc.set_threshold(*own)
    with collected_between_ticks():
        assert gc.get_threshold() == own
    assert gc.get_threshold() == own


def test_thresholds_that_the_program_sets_during_a_run_stay():
    with collected_between_ticks():
        gc.set_threshold(900, 9, 9)
    assert gc.get_threshold() == (900, 9, 9)


@pytest.mark.parametrize("is_on", [True, False])
def test_a_collector_that_is_off_stays_off(is_on):
    collections = []
    gc.callbacks.append(lambda phase, info: collections.append(info["generation"]))
    try:
        gc.set_threshold(0)
        if not is_on:
            gc.disable()
        kept = [[] for _ in range(30_000)]
        collect_between_ticks()
    finally:
        gc.callbacks.pop()
    assert (1 in collections) is is_on
    assert len(kept) == 30_000
