"""Engines: order, windows, dead processes, files that are sent, and finished cases."""

import json
import os
import pickle
import threading
import time
from pathlib import Path

import pytest

from treehand.core.errors import InputError
from treehand.scenarios import Case, load_variants
from treehand.scenarios.benchmarks.episode_store import EpisodeStore
from treehand.scenarios.engines.engine_choice import runner_for
from treehand.scenarios.engines.file_bundle import FileBundle, unpacked
from treehand.scenarios.engines.job_window import in_order
from treehand.scenarios.engines.pool_runner import PoolRunner
from treehand.scenarios.engines.ray_runner import _Sent, _work
from treehand.scenarios.engines.runner_check import NumberJob, check_runner
from treehand.scenarios.engines.runners import InProcessRunner, RunnerSettings
from treehand.scenarios.engines.wall_limit import WallLimit
from treehand.scenarios.running.finished_cases import ContinuingRunner, FinishedCases
from treehand.scenarios.suites.suite import suite_of

DOOR = "scenario: s\nconfig: treehand.yaml\ngoal: open the fridge\nexpect: {}\n"


@pytest.fixture
def folder(tmp_path):
    """A workspace with one scenario and a skill in a file of its own."""
    place = tmp_path / "work"
    (place / "code").mkdir(parents=True)
    (place / "scenarios").mkdir()
    (place / "code" / "hands.py").write_text(
        "from times import LONG\n"
        "from treehand.skills import skill\n"
        "@skill('open')\n"
        "def pull(context, place):\n    yield LONG\n"
    )
    (place / "code" / "times.py").write_text("LONG = 1.0\n")
    (place / "scenarios" / "treehand.yaml").write_text(
        "bindings: {open: '../code/hands.py:pull'}\n"
    )
    (place / "scenarios" / "door.scenario.yaml").write_text(DOOR)
    (place / "scenarios" / ".hidden.yaml").write_text("a: b\n")
    (place / "unrelated.yaml").write_text("a: b\n")
    return place


def case_of(folder, seed=0):
    return Case(load_variants(folder / "scenarios" / "door.scenario.yaml")[0], seed)


class Letters:
    """Places that finish what they hold in the opposite order."""

    def __init__(self):
        self.held = {}
        self.most = 0

    def begin(self, number, job):
        self.held[number] = job
        self.most = max(self.most, len(self.held))

    def finished(self):
        number = max(self.held)
        return [(number, self.held.pop(number))]


def test_reports_come_in_order_though_places_finish_in_any():
    told = []
    assert list(in_order(Letters(), "abcdefg", told.append, window=3)) == list("abcdefg")
    assert sorted(told) == list("abcdefg")
    assert told != list("abcdefg")


def test_jobs_are_taken_only_as_there_is_room():
    taken = []

    def jobs():
        for number in range(1000):
            taken.append(number)
            yield number

    coming = in_order(Letters(), jobs(), lambda report: None, window=5)
    assert next(coming) == 0
    assert len(taken) <= 6


FLAKY = """
import os
from pathlib import Path
from treehand.skills import skill

@skill("open")
def pull(context, place):
    mark = Path(__file__).with_name("died")
    if not mark.exists():
        mark.touch()
        os._exit(9)
    yield 1.0
"""


MARKING = """
import os
import time
from pathlib import Path
from treehand.skills import skill

@skill("open")
def pull(context, place):
    with Path(__file__).with_name("begun").open("a") as file:
        file.write("x")
    time.sleep(0.2)
    yield 1.0
"""


def test_what_was_handed_out_is_not_done_after_the_caller_stopped(folder):
    (folder / "code" / "hands.py").write_text(MARKING)
    jobs = (case_of(folder, seed) for seed in range(100))
    coming = PoolRunner(2).run(jobs, lambda report: None)
    next(coming)
    coming.close()
    begun = len((folder / "code" / "begun").read_text())
    assert 1 <= begun < 60


def test_a_case_whose_process_dies_once_is_run_again(folder):
    (folder / "code" / "hands.py").write_text(FLAKY)
    [verdict] = suite_of([folder]).run(PoolRunner(2))
    assert (folder / "code" / "died").exists()
    assert verdict.status == "passed", verdict.why


@pytest.mark.slow
def test_a_sequential_test_ends_as_soon_as_it_is_decided(folder):
    more = "runs: 400\npass_rate: 0.9\nsequential: 0.2\n"
    (folder / "scenarios" / "door.scenario.yaml").write_text(DOOR + more)
    begun = []

    class Counting(InProcessRunner):
        def run(self, jobs, progress):
            yield from super().run((begun.append(job) or job for job in jobs), progress)

    [verdict] = suite_of([folder]).run(Counting())
    assert verdict.status == "passed"
    assert len(begun) == len(verdict.reports) < 400


def test_a_bundle_holds_what_files_name_and_nothing_hidden_or_unrelated(folder):
    bundle = FileBundle.of(case_of(folder).named_files)
    assert bundle.root == folder
    assert set(bundle.names) == {
        "code/hands.py",
        "code/times.py",
        "scenarios/door.scenario.yaml",
        "scenarios/treehand.yaml",
    }


def test_results_beside_a_scenario_are_in_no_bundle_unless_they_are_named(folder):
    first = FileBundle.of(case_of(folder).named_files)
    scenarios = folder / "scenarios"
    (scenarios / "campaign.jsonl").write_text('{"key": "a"}\n')
    (scenarios / "report.json").write_text("{}")
    assert FileBundle.of(case_of(folder).named_files) == first
    (folder / "code" / "table.json").write_text("{}")
    assert FileBundle.of(case_of(folder).named_files) != first, "a module may read it"
    (scenarios / "beside.yaml").write_text("data: report.json\n")
    named = FileBundle.of([scenarios / "beside.yaml"]).names
    assert "scenarios/report.json" in named
    assert "scenarios/campaign.jsonl" not in named


def test_results_are_not_sent_even_where_modules_lie(folder):
    code = folder / "code"
    first = FileBundle.of(case_of(folder).named_files)
    (code / "strips").mkdir()
    (code / "strips" / "__init__.py").write_text("")
    (code / "runs.jsonl").write_text("{}\n")
    results = (code / "runs.jsonl", code / "strips")
    assert FileBundle.of(case_of(folder).named_files, without=results) == first
    assert FileBundle.of(case_of(folder).named_files) != first


def test_a_bundle_changes_with_every_file_that_counts(folder):
    def digest():
        return FileBundle.of(case_of(folder).named_files).digest

    first = digest()
    (folder / "unrelated.yaml").write_text("a: c\n")
    assert digest() == first
    (folder / "code" / "times.py").write_text("LONG = 2.0\n")
    assert digest() != first


def test_a_bundle_that_is_too_large_is_refused_before_it_is_read(folder):
    (folder / "scenarios" / "film.bin").touch()
    os.truncate(folder / "scenarios" / "film.bin", 1 << 40)
    FileBundle.of(case_of(folder).named_files)  # nobody names it
    (folder / "scenarios" / "treehand.yaml").write_text("bindings: {open: 'film.bin:pull'}\n")
    with pytest.raises(InputError, match="bundle-too-large"):
        FileBundle.of([folder / "scenarios" / "door.scenario.yaml"])


def test_a_case_runs_from_its_bundle_with_the_original_gone(folder, tmp_path):
    case = case_of(folder)
    bundle = FileBundle.of(case.named_files)
    packed = bundle.packed()
    folder.rename(tmp_path / "gone")
    root = unpacked(packed, bundle.digest, tmp_path / "bundles")
    assert root == unpacked(packed, bundle.digest, tmp_path / "bundles")
    moved = case.moved(root / "scenarios" / "door.scenario.yaml")
    [report] = InProcessRunner().run([moved], lambda report: None)
    assert report.has_passed, report
    assert case.brought_back(report).path == str(case.path)


def test_a_worker_of_another_version_says_so():
    answer = _work(b"", _Sent(("0.0", "3.9"), "", "", pickle.dumps("never read")))
    assert answer.versions != ("0.0", "3.9")


@pytest.mark.slow
def test_finished_cases_are_not_run_again_until_a_file_changes(folder, tmp_path):
    path = tmp_path / "kept" / "finished.jsonl"

    def run(*seeds):
        finished = FinishedCases(path)
        runner = ContinuingRunner(InProcessRunner(), finished)
        cases = [case_of(folder, seed) for seed in seeds]
        reports = list(runner.run(cases, lambda report: None))
        assert [report.seed for report in reports] == list(seeds)
        assert all(report.has_passed for report in reports)
        return finished.reused_n

    assert run(3, 1) == 0
    with path.open("a") as file:
        file.write('{"key": "torn')
    assert run(1, 2, 3) == 2
    assert run(1, 2, 3) == 3
    assert FinishedCases(path).unreadable_n == 1
    (folder / "code" / "times.py").write_text("LONG = 3.0\n")
    assert run(1) == 0


def test_finished_cases_beside_the_scenario_do_not_change_its_hash(folder):
    path = folder / "scenarios" / "finished.jsonl"
    for reused_n in (0, 1):
        finished = FinishedCases(path)
        list(
            ContinuingRunner(InProcessRunner(), finished).run(
                [case_of(folder)], lambda report: None
            )
        )
        assert finished.reused_n == reused_n


@pytest.mark.parametrize("store", [FinishedCases, EpisodeStore])
def test_a_file_of_something_else_is_not_appended_to(folder, tmp_path, store):
    path = folder / "scenarios" / "door.scenario.yaml"
    with pytest.raises(InputError, match="unwritable-file"):
        store(path)
    journal = tmp_path / "journal.jsonl"
    journal.write_text('{"run": 1}\n')
    with pytest.raises(InputError, match="holds something else"):
        store(journal)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="unreadable-file"):
        store(tmp_path / "pipe")
    (tmp_path / "torn.jsonl").write_text('{"')
    assert store(tmp_path / "torn.jsonl").unreadable_n == 1


def test_a_case_that_could_not_be_judged_is_run_again(folder, tmp_path):
    (folder / "code" / "hands.py").write_text("raise RuntimeError('broken')\n")
    finished = FinishedCases(tmp_path / "finished.jsonl")
    [report] = ContinuingRunner(InProcessRunner(), finished).run([case_of(folder)], print)
    assert report.error
    assert not finished.path.exists()


OWN = """
from treehand.scenarios.engines.runners import InProcessRunner

class Backwards:
    def __init__(self, settings):
        self.settings = settings

    def run(self, jobs, progress):
        yield from InProcessRunner().run(jobs, progress)
"""


def test_an_engine_of_ones_own_comes_from_a_file(folder):
    (folder / "own.py").write_text(OWN)
    settings = RunnerSettings(3, "own.py:Backwards", "somewhere")
    runner = runner_for(settings, folder=folder)
    assert runner.own.settings == settings
    [verdict] = suite_of([folder]).run(runner)
    assert verdict.status == "passed"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (RunnerSettings(1, "rai"), "unknown-engine"),
        (RunnerSettings(1, "pool", "localhost:1"), "wrong-argument"),
        (RunnerSettings(99_999_999), "wrong-argument: 99999999 processes are too many"),
    ],
)
def test_an_engine_that_cannot_be_is_named(settings, code):
    with pytest.raises(InputError, match=code):
        runner_for(settings)


def test_a_block_that_takes_too_long_is_told():
    over = threading.Event()
    with WallLimit(0.01, over.set):
        assert over.wait(60)


def test_a_block_in_time_is_not():
    over = threading.Event()
    with WallLimit(0.05, over.set):
        pass
    time.sleep(0.1)
    assert not over.is_set()


def test_the_reports_of_cases_are_plain_data(folder):
    [report] = InProcessRunner().run([case_of(folder)], lambda report: None)
    assert json.loads(report.model_dump_json())["path"].endswith("door.scenario.yaml")
    assert Path(pickle.loads(pickle.dumps(report)).path).name == "door.scenario.yaml"


class Eager:
    """Runner that takes every job at once, loses order, and swallows what raises."""

    def run(self, jobs, progress):
        for job in sorted(jobs, key=lambda job: -job.number):
            try:
                yield job.run(None)
            except ValueError:
                continue


def test_a_pool_keeps_the_rules_of_runners():
    assert check_runner(PoolRunner(2)) == []


def test_a_runner_that_breaks_every_rule_is_told_all_of_them():
    assert [finding.code for finding in check_runner(Eager())] == [
        "wrong-order",
        "untold-report",
        "lost-job",
        "unbounded-window",
    ]


BROKEN = """
class Broken:
    def __init__(self, settings):
        pass

    def run(self, jobs, progress):
        {run}
"""


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ("yield from [][3]", "IndexError"),
        ("jobs = list(jobs); yield from ()", "it gave 0 reports, and took 3 of the jobs"),
        ("yield next(iter(jobs)).lost('')", "it gave 1 reports, and took 1 of the jobs"),
    ],
)
def test_a_broken_engine_is_named(tmp_path, run, told):
    (tmp_path / "own.py").write_text(BROKEN.format(run=run))
    runner = runner_for(RunnerSettings(engine="own.py:Broken"), folder=tmp_path)
    with pytest.raises(InputError, match=r"engine 'own\.py:Broken' is broken") as raised:
        list(runner.run([NumberJob(number) for number in range(3)], lambda report: None))
    assert told in str(raised.value)
