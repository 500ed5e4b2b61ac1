"""What a plan is expected to take: the formulas, the experience, the chosen retries."""

import random
import sqlite3
from contextlib import closing

import pytest

from tests.driving import Session, run_goal
from treehand.core.errors import InputError
from treehand.core.events import FaultInjected, RunStarted, SkillEnded, SkillStarted, TimedOut
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.history.experience import ExperienceScope, experience_of, read_experience
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners import Experience, Planner, RunSite, SkillRecord
from treehand.planners.failure_consequences import FailureConsequences
from treehand.planners.rollout.estimates import Chances
from treehand.planners.rollout.odds import Odds
from treehand.planners.rollout.rollout import Step
from treehand.skills import FailureCode
from treehand.skills.domain import Call, parse_call
from treehand.skills.domain.model import FailureModel
from treehand.trees import parse_tree

DROPPED, MISSED = FailureCode.GRASP_DROPPED, FailureCode.GRASP_MISSED
PICK = Call("pick", ("glass",))
STEP = Step(PICK, {DROPPED: 3, MISSED: 2})


def test_the_chance_of_one_code_is_the_textbook_one():
    step = Step(Call("pick", ("glass",)), {DROPPED: 3})
    assert Chances({DROPPED: 0.5}, step, 0.0).success == pytest.approx(1 - 0.5**3)
    assert Chances({DROPPED: 0.5}, step, 1.0).success == pytest.approx(0.5)
    again = 0.2 + 0.8 * 0.5
    assert Chances({DROPPED: 0.5}, step, 0.2).success == pytest.approx(1 - 0.5 * again**2)
    assert Chances({DROPPED: 0.5}, step, 0.0).repeats == pytest.approx([0.5, 0.25])
    assert Chances({}, step, 0.0).success == 1.0


def test_the_chance_of_several_codes_is_what_drawing_them_shows():
    failures, persists = {DROPPED: 0.3, MISSED: 0.2}, 0.4
    draw = random.Random(7)

    def succeeds() -> bool:
        last: FailureCode | None = None
        for number in range(1, 4):
            if last is None or draw.random() >= persists:
                value = draw.random()
                last = DROPPED if value < 0.3 else MISSED if value < 0.5 else None
            if last is None:
                return True
            if number >= STEP.attempts[last]:
                return False
        return False

    drawn = sum(succeeds() for _ in range(40_000)) / 40_000
    assert Chances(failures, STEP, persists).success == pytest.approx(drawn, abs=0.01)


def test_experience_outweighs_the_domain_file_as_it_grows(domain):
    prior = domain.skills["pick"].failures[DROPPED].probability
    few = SkillRecord(successes=15, successes_s=60.0, fresh=20, failures={DROPPED: 5})
    many = SkillRecord(successes=1500, successes_s=6e3, fresh=2000, failures={DROPPED: 500})
    assert Odds(domain).failures(PICK)[DROPPED] == prior
    some = Odds(domain, Experience(runs=1, skills={"pick": few})).failures(PICK)[DROPPED]
    assert some == pytest.approx((20 * prior + 5) / 40)
    sure = Odds(domain, Experience(runs=9, skills={"pick": many}))
    assert sure.failures(PICK)[DROPPED] == pytest.approx(0.25, abs=0.01)
    assert sure.duration_s("pick") == pytest.approx(4.0, rel=0.05)
    assert Odds(domain).duration_s("pick") == domain.skills["pick"].duration


def test_persistence_is_what_repeats_show_beyond_chance(domain):
    def odds(again: int) -> Odds:
        record = SkillRecord(
            successes=700,
            fresh=1000,
            failures={DROPPED: 300},
            repeats={DROPPED: 300},
            again={DROPPED: again},
        )
        return Odds(domain, Experience(runs=9, skills={"pick": record}))

    assert Odds(domain).persistence == pytest.approx(0.1)
    assert odds(90).persistence == pytest.approx(0.0, abs=0.02)  # 30 % fail anyway
    assert odds(195).persistence == pytest.approx(0.5, abs=0.02)
    assert odds(300).persistence > 0.95


def started(t_s: float, attempt: int) -> SkillStarted:
    return SkillStarted(t_s=t_s, path="a", call="pick(mug)", attempt=attempt)


def ended(t_s: float, attempt: int, result: str, code: str | None = None) -> SkillEnded:
    return SkillEnded(
        t_s=t_s, path="a", call="pick(mug)", attempt=attempt, result=result, code=code
    )


BEGIN = RunStarted(t_s=0.0, goal="g", world="w", scene="s", domain="d", seed=0, recovery=True)
EVENTS = [
    BEGIN,
    started(0.0, 1),
    ended(2.0, 1, "failure", "grasp-dropped"),
    started(3.0, 2),
    ended(4.0, 2, "failure", "grasp-dropped"),
    started(5.0, 3),
    ended(8.0, 3, "success"),
    started(9.0, 4),
    ended(9.5, 4, "halted"),
]


def test_what_a_run_says():
    found = experience_of(EVENTS)
    assert (found.started, found.experience.runs) == (BEGIN, 1)
    record = found.experience.skills["pick"]
    assert (record.attempts, record.successes, record.successes_s) == (3, 1, 3.0)
    assert (record.fresh, record.failures) == (1, {DROPPED: 1})
    assert (record.repeats, record.again) == ({DROPPED: 2}, {DROPPED: 1})
    assert record.cured == {DROPPED: 1}


def test_an_attempt_that_its_time_limit_ended_has_failed():
    late = TimedOut(t_s=60.0, path="a", call="pick(mug)", limit_s=60.0)
    found = experience_of([BEGIN, started(0.0, 1), late, ended(60.0, 1, "halted")])
    assert found.experience.skills["pick"].failures == {FailureCode.TIMEOUT: 1}


def test_chance_and_persistence_are_found_again_in_what_they_made(domain):
    """5,000 calls drawn with p = 0.3 and persistence 0.5: both are estimated to be that."""
    draw = random.Random(3)
    counts = dict.fromkeys(("fresh", "failed", "repeats", "again", "successes"), 0)
    for _ in range(5_000):
        has_failed = False
        for _attempt in range(3):
            fails = (has_failed and draw.random() < 0.5) or draw.random() < 0.3
            counts["repeats" if has_failed else "fresh"] += 1
            if fails:
                counts["again" if has_failed else "failed"] += 1
            counts["successes"] += not fails
            if not fails:
                break
            has_failed = True
    record = SkillRecord(
        successes=counts["successes"],
        fresh=counts["fresh"],
        failures={DROPPED: counts["failed"]},
        repeats={DROPPED: counts["repeats"]},
        again={DROPPED: counts["again"]},
    )
    odds = Odds(domain, Experience(runs=5_000, skills={"pick": record}))
    assert odds.failures(PICK)[DROPPED] == pytest.approx(0.3, abs=0.02)
    assert odds.persistence == pytest.approx(0.5, abs=0.03)
    step = Step(Call("pick", ("glass",)), {DROPPED: 3})
    chances = Chances({DROPPED: odds.failures(PICK)[DROPPED]}, step, odds.persistence)
    assert chances.success == pytest.approx(counts["successes"] / 5_000, abs=0.01)


def test_a_run_with_faults_on_purpose_says_nothing():
    fault = FaultInjected(t_s=1.0, fault="grasp-dropped@pick(mug)")
    assert experience_of([*EVENTS, fault]).experience == Experience()


@pytest.mark.slow
def test_runs_are_read_once_and_forgotten_when_deleted(tmp_path):
    workspace = Workspace(tmp_path / "runs")
    here = ExperienceScope("kitchen", "kitchen")
    assert read_experience(workspace, here) == Experience()
    for seed in range(3):
        run_goal("put the glass in the sink", seed=seed, workspace=workspace)
    three = read_experience(workspace, here)
    assert three.runs == 3
    assert three.skills["put_in"].successes >= 3
    assert read_experience(workspace, here) == three
    assert read_experience(workspace, ExperienceScope("elsewhere", "kitchen")) == Experience()
    assert (
        read_experience(workspace, ExperienceScope("kitchen", "kitchen", "own.yaml"))
        == Experience()
    )
    workspace.find_run("1").remove()
    assert read_experience(workspace, here).runs == 2


def test_what_is_broken_or_held_changes_no_number(tmp_path):
    workspace = Workspace(tmp_path / "runs")
    here = ExperienceScope("kitchen", "kitchen")
    run_goal("put the glass in the sink", workspace=workspace)
    known = read_experience(workspace, here)
    assert known.runs == 1
    cache = tmp_path / "experience.sqlite"
    cache.write_text("no database")
    assert read_experience(workspace, here) == known
    with closing(sqlite3.connect(cache)) as db, db:
        db.execute("UPDATE experience_v3 SET body = '{' || body")
    assert read_experience(workspace, here) == known
    with closing(sqlite3.connect(cache)) as db:
        db.execute("BEGIN EXCLUSIVE")
        assert read_experience(workspace, here) == known
    (tmp_path / "runs" / "0002.sqlite").symlink_to(tmp_path / "nowhere")
    (tmp_path / "runs" / "0003.sqlite").write_text("no journal")
    assert read_experience(workspace, here) == known


def test_a_plan_rests_on_experience_and_its_hash_does_not(deployment, tmp_path):
    workspace = Workspace(tmp_path / "runs")
    before = planned(deployment, workspace)
    for seed in range(4):
        run_goal("put the glass in the sink", seed=seed, workspace=workspace)
    after = planned(deployment, workspace)
    assert (before.estimates.runs, after.estimates.runs) == (0, 4)
    assert after.estimates.attempts >= 8
    assert after.estimates.duration_s != before.estimates.duration_s
    assert after.hash == before.hash


def planned(deployment: Deployment, workspace: Workspace | None = None):
    session = Session(deployment, workspace=workspace)
    return session.plan(session.understand("put the glass in the sink"))


TREE = """
tree: two_picks
root:
  sequence:
    - do: pick(milk)
    - do: put_in(milk, sink)
"""


ONCE = """
tree: away
root:
  sequence:
    - do: pick(can)
    - do: throw_away(can, bin)
"""


def chosen(session: Session, wanted: float, text: str = TREE):
    goal = session.understand("put the milk in the sink")
    tree = parse_tree(text, file="two_picks.tree.yaml")
    problem = session.world_model.planning_problem
    return Planner(success=wanted).plan_of_tree(tree, {}, goal, problem)


def test_retries_are_chosen_for_a_wanted_probability(session):
    plan = chosen(session, 0.95)
    assert plan.estimates.correlated_probability >= 0.95
    pick = plan.tree.root.sequence[0]
    assert pick.retry is not None
    assert DROPPED in pick.retry.on
    assert any(
        "to succeed in 95% of runs, it tries pick" in line for line in plan.certificate.checked
    )
    better = chosen(session, 0.999)
    assert better.estimates.correlated_probability >= 0.999
    assert better.hash != plan.hash


def test_what_retries_cannot_reach_is_said(session):
    plan = chosen(session, 0.999999, ONCE)
    said = [line for line in plan.certificate.checked if "no number of retries" in line]
    assert len(said) == 1
    assert "99.9999%" in said[0]
    assert plan.estimates.correlated_probability < 0.999999


def test_what_cannot_be_undone_is_never_tried_more_often(session):
    plan = chosen(session, 0.999999, ONCE)
    assert plan.tree.root.sequence[1].retry is None


@pytest.mark.parametrize("success", [0.0, 1.0, -1.0, 2.0, float("nan")])
def test_a_probability_is_between_0_and_1(success):
    with pytest.raises(InputError, match="must be a probability between 0 and 1"):
        Deployment.load(DeploymentOverrides(success=success))


def estimates_of(text: str, **overrides):
    deployment = Deployment.load(DeploymentOverrides(**overrides), looks_here=False)
    session = Session(deployment)
    return session.plan(session.understand(text)).estimates


def test_what_breaks_for_good_is_in_the_estimate(deployment):
    fragile = estimates_of("put the glass in the cupboard")
    assert fragile.success_probability == pytest.approx(0.985, abs=0.005)
    assert fragile.weakest[0].code is FailureCode.OBJECT_BROKEN
    assert estimates_of("put the milk in the fridge").success_probability > 0.9999


def test_a_failure_after_which_the_goal_can_be_reached_is_harmless(session):
    """A glass that breaks is swept up; that the table is wiped does not depend on it."""
    problem = session.world_model.planning_problem
    tree = parse_tree(TREE, file="two_picks.tree.yaml")
    put = parse_call("put_in(glass, sink)")

    def after(text: str, code: FailureCode) -> bool:
        goal = session.understand(text)
        return FailureConsequences(problem, goal, tree, {}).leave_reachable(put, code)

    assert after("wipe the table", FailureCode.OBJECT_BROKEN)
    assert not after("put the glass in the sink", FailureCode.OBJECT_BROKEN)
    assert not after("put the glass in the sink", DROPPED)


def test_priors_of_another_world_are_no_basis(domain):
    here, elsewhere = Odds(domain, None, RunSite("kitchen")), Odds(domain, None, RunSite("shelf"))
    assert not here.lacking(["pick"])
    assert "describe world 'kitchen', not 'shelf'" in elsewhere.lacking(["pick"])
    served = Odds(domain, None, RunSite("kitchen", frozenset({"pick"})))
    assert "another implementation" in served.lacking(["pick", "put_in"])
    assert not served.lacking(["put_in"])
    record = SkillRecord(successes=30, fresh=30)
    own = Odds(domain, Experience(runs=9, skills={"pick": record}), RunSite("shelf"))
    assert not own.lacking(["pick"])
    assert own.failures(PICK) == {}


def test_a_domain_without_probabilities_is_no_basis(domain):
    skills = {
        name: model.model_copy(update={"failures": {DROPPED: FailureModel()}})
        for name, model in domain.skills.items()
    }
    bare = domain.model_copy(update={"skills": skills, "priors": None})
    assert "gives no failure probabilities" in Odds(bare).lacking(["pick"])
    said = {
        "pick": skills["pick"].model_copy(
            update={"failures": {DROPPED: FailureModel(probability=0.1)}}
        )
    }
    assert not Odds(bare.model_copy(update={"skills": {**skills, **said}})).lacking(["pick"])


def test_without_a_basis_the_plan_says_so_and_has_no_number(deployment):
    problem = Session(deployment).world_model.planning_problem
    goal = Session(deployment).understand("put the milk in the fridge")
    plan = Planner(place=RunSite("shelf"), success=0.9).plan(goal, problem)
    estimates = plan.estimates
    assert (estimates.success_probability, estimates.first_try_probability) == (None, None)
    assert estimates.duration_s > 0
    assert "describe world 'kitchen'" in estimates.basis
    assert any("no retries are chosen" in line for line in plan.certificate.checked)


def test_a_step_with_an_alternative_loses_nothing(session):
    plan = session.plan(session.understand("find the blue mug"))
    assert [call.name for call in plan.steps] == ["look_for"]
    assert plan.estimates.first_try_probability == 1.0
    away = session.plan(session.understand("throw away the wrapper"))
    assert away.estimates.first_try_probability == pytest.approx(0.93 * 0.987, abs=0.01)


@pytest.mark.nightly
def test_the_estimate_of_a_whole_kitchen_is_borne_out(deployment, tmp_path):
    """After 40 runs the expected duration is that of 40 others, within 5 %."""
    workspace = Workspace(tmp_path / "runs")
    for seed in range(40):
        run_goal("clean the kitchen", seed=1000 + seed, workspace=workspace)
    session = Session(deployment, workspace=workspace)
    estimates = session.plan(session.understand("clean the kitchen")).estimates
    others = [run_goal("clean the kitchen", seed=seed) for seed in range(40)]
    mean_s = sum(result.sim_time_s for result in others) / len(others)
    assert estimates.expected_duration_s == pytest.approx(mean_s, rel=0.05)
    without = sum(result.retries == 0 for result in others) / len(others)
    assert estimates.first_try_probability == pytest.approx(without, abs=0.15)
