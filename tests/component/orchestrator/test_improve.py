"""What runs teach: proposals with evidence, promotion, pins, rollback, and runs that use them."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.driving import run_goal
from treehand.authoring.check import check_files
from treehand.cli.app import app
from treehand.core.errors import InputError, TreehandError
from treehand.core.events import DetectorScored, RunStarted, SkillEnded, SkillStarted
from treehand.documents.formatter import format_text
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.forking.reexecution import PastRun
from treehand.orchestrator.history.experience import experience_for
from treehand.orchestrator.improving.learned_deployment import scope_of, with_learned
from treehand.orchestrator.improving.learned_parameters import (
    LearnedParameters,
    LearnedPrior,
    LearnedRetry,
    Promotion,
    RunEvidence,
)
from treehand.orchestrator.improving.parameters_file import ParametersFile
from treehand.orchestrator.improving.past_runs import past_runs, ranges
from treehand.orchestrator.improving.proposals import propose
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace
from treehand.scenarios.suites.shadow import is_worse
from treehand.scenarios.suites.statistics import compare
from treehand.scenarios.suites.suite import only_variant
from treehand.skills import FailureCode

GOAL = "put the glass in the sink"
DROPPED, MISSED = FailureCode.GRASP_DROPPED, FailureCode.GRASP_MISSED
EVIDENCE = RunEvidence(count=9, n=30, low=0.1, high=0.5, runs="1..3")


@pytest.fixture
def home(tmp_path):
    return Workspace(tmp_path / "home" / "runs")


@pytest.fixture
def cold():
    return Deployment.load(DeploymentOverrides(world="kitchen"), looks_here=False)


def promotion(deployment, **rows):
    scope = scope_of(deployment)
    names = {"world": scope.world, "domain": scope.domain, "version": scope.version}
    day = date(2026, 11, 28)
    return Promotion(pin="0" * 16, promoted=day, by="anna", config=scope.config, **names, **rows)


def prior(probability=0.3):
    return LearnedPrior(
        skill="pick", code=DROPPED, probability=probability, was=0.07, evidence=EVIDENCE
    )


def retry():
    return LearnedRetry(
        skill="pick",
        attempts=5,
        codes=(DROPPED, MISSED),
        was_attempts=3,
        was_codes=(DROPPED,),
        reason="another attempt cures grasp-missed",
        evidence=EVIDENCE,
    )


def promoted(home, deployment, **rows):
    file = ParametersFile(home.learned_parameters)
    file.replace(file.with_promotion(promotion(deployment, **rows)))
    return file


def journal(home, deployment, attempts, *, seed=0, scores=(), **changes):
    """Write the journal of one run: calls with how each attempt ended."""
    files = home.new_run()
    config = deployment.source.config
    header = {"run": files.run, "deployment": json.dumps({"config": str(config or "") or None})}
    started = RunStarted(
        t_s=0.0,
        goal=GOAL,
        world=deployment.kind.name,
        scene="s",
        domain=deployment.domain.domain,
        seed=seed,
        recovery=True,
        domain_version=deployment.domain_version,
        learned=deployment.learned,
    )
    written = home.journal(files, outlives=False, header=header)
    written.append(started.model_copy(update=changes))
    for number, (call, code) in enumerate(attempts, 1):
        result = "failure" if code else "success"
        names = {"path": "a", "call": call, "attempt": number}
        written.append(SkillStarted(t_s=float(number), **names))
        written.append(SkillEnded(t_s=number + 0.5, result=result, code=code, **names))
    for name, score, truth in scores:
        written.append(
            DetectorScored(
                t_s=99.0,
                detector=name,
                fact="is_open(fridge)",
                score=score,
                value=score >= 0.5,
                threshold=0.5,
                truth=truth,
            )
        )
    written.close()
    return files


def missed_runs(home, deployment, count=20):
    """Journals in which the first attempt at every second call misses, and the next succeeds."""
    for seed in range(count):
        journal(
            home,
            deployment,
            [("pick(glass)", MISSED), ("pick(glass)", None), ("pick(can)", None)],
            seed=seed,
        )


def without_retry(cold):
    """Return a deployment whose domain does not retry after a grasp that missed."""
    model = cold.domain.skills["pick"]
    less = model.retry.model_copy(update={"on": (DROPPED,)})
    skills = {**cold.domain.skills, "pick": model.model_copy(update={"retry": less})}
    return replace(cold, domain=cold.domain.with_skills(skills))


def test_rows_have_their_evidence_and_come_only_where_the_interval_excludes_the_present(home, cold):
    deployment = without_retry(cold)
    missed_runs(home, deployment)
    found = propose(past_runs(home, deployment), deployment)
    (row,) = [one for one in found.priors if one.code is MISSED]
    assert (row.skill, row.was) == ("pick", 0.003)
    assert (row.evidence.count, row.evidence.n, row.evidence.runs) == (20, 40, "1..20")
    assert row.evidence.low < row.probability < row.evidence.high
    (more,) = found.retries
    assert (more.attempts, more.codes, more.was_codes) == (3, (DROPPED, MISSED), (DROPPED,))
    assert (more.evidence.count, more.evidence.n) == (20, 20)
    # what fits the domain is not proposed: 7 drops in 100 are what it says
    other = Workspace(home.folder.parent / "fitting" / "runs")
    for seed in range(10):
        calls = [("pick(can)", None)] * 9 + [("pick(can)", DROPPED if seed < 7 else None)]
        journal(other, deployment, calls, seed=seed)
    fitting = propose(past_runs(other, deployment), deployment)
    assert (fitting.priors, fitting.retries) == ((), ())


def test_an_attempt_that_cures_nothing_is_proposed_away(home, cold):
    for seed in range(20):
        journal(home, cold, [("pick(can)", DROPPED)] * 4, seed=seed)
    (row,) = propose(past_runs(home, cold), cold).retries
    assert DROPPED in row.was_codes
    assert DROPPED not in row.codes
    assert (row.evidence.count, row.evidence.n) == (0, 60)


def test_more_attempts_are_proposed_where_the_present_ones_leave_too_many(home, cold):
    half = [("pick(can)", DROPPED), ("pick(can)", DROPPED), ("pick(can)", None)]
    for seed in range(40):
        journal(home, cold, half, seed=seed)
    (row,) = propose(past_runs(home, cold), cold).retries
    assert (row.was_attempts, row.attempts) == (3, 8)  # 1 + log(1 %) / log(1 - 40 of 80)


def test_runs_that_do_not_belong_are_left_out_and_said_so(home, cold):
    journal(home, cold, [("pick(can)", None)])
    journal(home, cold, [], world="tabletop")
    journal(home, cold, [], domain_version="0" * 16)
    journal(home, cold, [], domain_version="")
    journal(home, cold, [], learned="1" * 16)
    damaged = journal(home, cold, [("pick(can)", None)])
    with closing(sqlite3.connect(damaged.journal)) as db, db:
        db.execute("UPDATE events SET body = replace(body, 'pick(can)', 'pick(cup)')")
    found = past_runs(home, cold)
    assert [one.run for one in found.used] == ["0001"]
    left = {reason: runs[0] for reason, runs in found.left_out.items()}
    assert left["another world (tabletop)"] == "0002"
    assert left["another version of the domain"] == "0003"
    assert left["an older journal, which does not say its version of the domain"] == "0004"
    assert left[f"made with parameters {'1' * 16}"] == "0005"
    (reason,) = [one for one in left if "cannot be read" in one]
    assert left[reason] == "0006"
    with pytest.raises(InputError, match="unknown-run"):
        past_runs(Workspace(home.folder.parent / "none"), cold)


def test_a_threshold_is_chosen_on_some_runs_and_judged_on_the_others(home, tmp_path):
    config = tmp_path / "treehand.yaml"
    config.write_text('detectors:\n  seer: {fact: "is_open(place)", rule: "is_open(place)"}\n')
    deployment = Deployment.load(DeploymentOverrides(config=config), looks_here=False)
    for seed in range(6):
        scores = [("seer", 0.6, False), ("seer", 0.9, True)] * 5
        journal(home, deployment, [], seed=seed, scores=scores)
    (row,) = propose(past_runs(home, deployment), deployment).thresholds
    assert (row.detector, row.was, row.threshold) == ("seer", 0.5, 0.75)
    assert (row.wrong_before, row.wrong, row.evidence.n) == (15, 0, 30)
    assert row.p_value < 0.001
    file = promoted(home, deployment, thresholds=(row,))
    assert with_learned(deployment, file.path).detectors["seer"].threshold == 0.75
    config.write_text(config.read_text().replace("}", ", threshold: 0.4}"))
    changed = Deployment.load(DeploymentOverrides(config=config), looks_here=False)
    with pytest.raises(InputError, match="stale-threshold"):
        with_learned(changed, file.path)


def test_what_was_promoted_is_used_and_later_rows_count(home, cold):
    promoted(home, cold, priors=(prior(0.2),), retries=(retry(),))
    first = with_learned(cold, home.learned_parameters)
    file = promoted(home, cold, priors=(prior(0.3),))
    used = with_learned(cold, file.path)
    model = used.domain.skills["pick"]
    assert model.failures[DROPPED].probability == 0.3
    assert (model.retry.attempts, model.retry.on) == (5, (DROPPED, MISSED))
    assert [str(one) for one in model.retry.first] == ["look_for(item)"]
    assert used.learned != first.learned
    assert used.domain.content != cold.domain.content
    assert used.domain_version == cold.domain_version
    assert used.file_domain is cold.domain
    assert with_learned(cold, file.path, pin=first.learned).learned == first.learned
    assert with_learned(cold, file.path, pin="") is cold
    with pytest.raises(InputError, match="parameters-changed"):
        with_learned(cold, file.path, pin="9" * 16)


def test_a_run_says_what_it_used_and_is_not_pooled_with_cold_ones(home, cold):
    run_goal(GOAL, cold, workspace=home)
    assert experience_for(cold, home).runs == 1
    file = promoted(home, cold, priors=(prior(),))
    learned = with_learned(cold, file.path)
    assert experience_for(learned, home).runs == 0
    run_goal(GOAL, cold, workspace=home)
    runs = [next(iter(read_events(home.find_run(run).journal))) for run in home.runs()]
    assert [one.learned for one in runs] == ["", learned.learned]
    assert {one.domain_version for one in runs} == {cold.domain_version}
    assert experience_for(learned, home).runs == 1
    assert [one.run for one in past_runs(home, learned).used] == ["0002"]
    assert [one.run for one in past_runs(home, cold).used] == ["0001"]


def test_a_rollback_brings_the_promotion_before_into_force(home, cold):
    file = promoted(home, cold, priors=(prior(0.2),))
    before = file.text()
    promoted(home, cold, priors=(prior(0.3),))
    text, taken = file.without_last(scope_of(cold))
    assert taken.priors[0].probability == 0.3
    file.replace(text)
    assert file.text() == before
    file.replace(file.without_last(scope_of(cold))[0])
    assert with_learned(cold, file.path) is cold
    with pytest.raises(InputError, match="nothing-to-roll-back"):
        file.without_last(scope_of(cold))


def test_a_row_that_was_altered_is_refused_by_runs_and_found_by_the_check(home, cold):
    file = promoted(home, cold, priors=(prior(),))
    assert check_files([file.path], lambda: cold).findings == ()
    text = file.text()
    assert format_text(text, LearnedParameters, file="x") == text
    file.path.write_text(text.replace("probability: 0.3", "probability: 0.01"), encoding="utf-8")
    (finding,) = check_files([file.path], lambda: cold).findings
    assert finding.code == "pin-mismatch"
    assert "learned.parameters.yaml:4:" in str(finding.span)
    with pytest.raises(InputError, match="pin-mismatch"):
        run_goal(GOAL, cold, workspace=home)


def test_other_files_that_are_wrong_are_errors(home, cold, tmp_path):
    file = ParametersFile(home.learned_parameters)
    file.path.parent.mkdir(parents=True, exist_ok=True)
    file.path.write_bytes(b"promotions: \xff")
    with pytest.raises(InputError, match="not-utf8"):
        file.load()
    file.path.write_text("promotion: []\n")
    with pytest.raises(InputError, match="unknown-key"):
        file.load()
    file.path.write_text("promotions: []\n")
    file.replace(file.with_promotion(promotion(cold, priors=(prior(),))))
    assert len(file.load().promotions) == 1
    link = tmp_path / "link.parameters.yaml"
    link.symlink_to(file.path)
    with pytest.raises(InputError, match="unwritable-file"):
        ParametersFile(link).replace(file.text())


def test_a_promotion_for_another_domain_version_does_not_count(home, cold):
    file = promoted(home, without_retry(cold), priors=(prior(),))
    assert with_learned(cold, file.path) is cold


def test_a_run_is_repeated_with_what_it_used_and_never_with_anything_else(home, cold):
    file = promoted(home, cold, priors=(prior(),), retries=(retry(),))
    run_goal(GOAL, cold, workspace=home)
    events = tuple(read_events(home.find_run("1").journal))
    past = PastRun("0001", events, cold, file.path)
    promoted(home, cold, priors=(prior(0.4),))
    used: list[str] = []
    result = past.executed_again((), lambda robot: used.append(robot.deployment.learned))
    assert (result.outcome, used) == ("success", [events[0].learned])
    file.replace("promotions: []\n")
    with pytest.raises(InputError, match="parameters-changed"):
        past.executed_again(())


SCENARIO = """\
scenario: with what was learned
goal: put the glass in the sink
parameters: {}
expect: {{outcome: success}}
"""


def test_a_scenario_uses_the_parameters_that_it_names(home, cold, tmp_path):
    file = promoted(home, cold, priors=(prior(),))
    scenario = tmp_path / "a.scenario.yaml"
    scenario.write_text(SCENARIO.format(file.path))
    assert only_variant(scenario).scenario.parameters == str(file.path)
    said = CliRunner().invoke(app, ["compare", str(scenario), str(scenario), "--runs", "1"]).output
    assert "B uses learned parameters" in " ".join(said.split())
    file.replace(file.with_promotion(promotion(without_retry(cold), priors=(prior(),))))
    file.replace(file.without_last(scope_of(cold))[0])
    with pytest.raises(InputError, match="no-parameters"):
        only_variant(scenario)


def test_fewer_successes_beyond_chance_are_worse():
    won, lost = (True, 1.0), (False, 1.0)
    assert is_worse(compare([won] * 9, [won] * 3 + [lost] * 6))
    assert not is_worse(compare([won] * 9, [won] * 5 + [lost] * 4))
    assert not is_worse(compare([lost] * 9, [won] * 9))


def test_numbers_of_runs_in_short():
    assert ranges(["0001", "0002", "0003", "0007", "0009", "0010", "old"]) == "1..3, 7, 9..10, old"


def improve(home, *arguments, code=0):
    folder = str(home.folder.parent)
    done = CliRunner().invoke(app, ["improve", "--workspace", folder, *arguments])
    if isinstance(done.exception, TreehandError):  # as the program's entry tells it
        assert done.exception.exit_code == code
        return str(done.exception)
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.slow
def test_the_command_shows_rows_and_diff_and_writes_nothing(home):
    assert "unknown-run" in improve(home, code=2)
    missed_runs(home, Deployment.load())
    said = improve(home)
    assert "pick: probability of grasp-missed 0.003 -> 0.3343: failed so 20 of 40" in said
    assert "+promotions:" in said
    data = json.loads(improve(home, "--json", "--only", "pick"))
    assert data["priors"][0]["evidence"]["n"] == 40
    assert (data["shadow"], data["is_promoted"]) == (None, False)
    assert "nothing is proposed" in improve(home, "--only", "open")
    assert not home.learned_parameters.exists()
    assert "nothing-to-roll-back" in improve(home, "--rollback", code=2)


@pytest.mark.slow
def test_the_shadow_evaluation_runs_held_out_seeds_and_nobody_there_promotes_nothing(home):
    missed_runs(home, Deployment.load())
    assert "seen-seed" in improve(home, "--write", "--seeds", "10..30", code=2)
    said = improve(home, "--write", "--seeds", "50..51", "--goal", GOAL, code=7)
    assert "shadow evaluation of 2 pairs of runs, seeds 50..51" in said
    assert "B, proposed: 2/2" in said
    assert "a person at the terminal promotes" in said
    assert not home.learned_parameters.exists()


@pytest.mark.parametrize("goal", ["fly to the moon", "", "where is the mug?"])
def test_words_for_which_nothing_is_done_are_no_evaluation(home, goal):
    """Both sides reach them never, so no seed tells them apart, and that was offered."""
    missed_runs(home, Deployment.load())
    said = improve(home, "--write", "--seeds", "50..50", "--goal", goal, code=2)
    assert "failing-scenario" in said
    assert "Promote" not in said


def test_wrong_arguments_are_named(home):
    missed_runs(home, Deployment.load())
    assert "unknown-name: 'pikc' is no skill" in improve(home, "--only", "pikc", code=2)
    assert "wrong-argument" in improve(home, "--rollback", "--write", code=2)


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "says"), [("yes", "take it back"), ("no", "nothing was promo")])
def test_a_person_at_the_terminal_decides(home, tmp_path, answer, says):
    pytest.importorskip("pexpect", reason="needs a POSIX terminal")
    pytest.importorskip("pyte")
    from tests.screens import ScreenOf

    missed_runs(home, Deployment.load())
    folder = str(home.folder.parent)
    given = ("improve", "--write", "--workspace", folder, "--seeds", "50..51", "--goal", GOAL)
    screen = ScreenOf(tmp_path, *given, rows=60, columns=120)
    screen.sees(r"Promote this[^>]*>\s*\Z", timeout_s=60)
    screen.types(f"{answer}\r").sees(says)
    assert home.learned_parameters.exists() is (answer == "yes")
    if answer == "yes":
        (found,) = ParametersFile(home.learned_parameters).load().promotions
        assert (found.shadow.seeds, found.shadow.n, found.by != "") == ("50..51", 2, True)


def test_a_promotion_can_be_taken_back_by_the_command(home):
    missed_runs(home, Deployment.load())
    promoted(home, Deployment.load(), priors=(prior(),))
    assert "left out: made with no learned parameters: runs 1..20" in improve(home)
    assert "runs use the parameters of the files again" in improve(home, "--rollback")
    assert "looked at 20 runs" in improve(home)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_in_the_shadow_evaluation_promotes_nothing(home, tmp_path):
    missed_runs(home, Deployment.load())
    done = subprocess.Popen(
        [
            *(sys.executable, "-m", "treehand", "improve", "--write", "--seeds", "1000..4000"),
            *("--goal", GOAL, "--workspace", str(home.folder.parent)),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.stdout is not None
    for line in done.stdout:
        if line.startswith("shadow evaluation"):
            break
    done.send_signal(signal.SIGINT)
    _, said = done.communicate(timeout=60)
    assert done.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said
    assert not home.learned_parameters.exists()
