"""Cycles of succeeding steps are noticed at their second turn; nothing else counts as one."""

from tests.conftest import believe
from tests.driving import Session, run_goal
from treehand.core.events import SkillStarted
from treehand.skills import FailureCode
from treehand.trees import CycleWatch, parse_tree

RETRIED = """
tree: bench
domain: kitchen
root:
  sequence:
    - fallback: [{check: is_open(fridge)}, {do: open(fridge)}]
    - do: close(fridge)
  memory: false
  retry: {attempts: 5, on: [stalled, condition-false]}
"""
OPEN_AND_CLOSE = """
tree: bench
domain: kitchen
root:
  sequence: [{do: open(fridge)}, {do: close(fridge)}]
  memory: %s
  repeat: %d
"""
GO_ON = """
tree: bench
domain: kitchen
root:
  sequence:
    - {fallback: [{check: is_open(fridge)}, {do: open(fridge)}], memory: false}
    - do: go_to(table)
  memory: false
"""


def watched(run, disturb=lambda: None):
    """Run a bench to its end, or to the first cycle; return the cycle."""
    watch = CycleWatch(run.compiled, run.runtime)
    for _ in range(200):
        if run.tick() != "RUNNING":
            return None
        cycle = watch.after_visit()
        if cycle is not None:
            return cycle
        disturb()
        run.clock.wait_until(run.runtime.wakeups.next_s())
    raise AssertionError("the tree does not end")


def doors(run):
    believe(run.facts, "hand_empty()", "not is_open(fridge)")
    run.script("open(fridge)", *[1, run.seeing("is_open(fridge)"), "SUCCESS"] * 9)
    run.script("close(fridge)", *[1, run.seeing("not is_open(fridge)"), "SUCCESS"] * 9)


def test_steps_that_a_tree_repeats_on_purpose_are_no_cycle(bench):
    run = bench(OPEN_AND_CLOSE % ("true", 4))
    doors(run)
    assert watched(run) is None
    assert len(run.made) == 8


def test_what_others_undo_is_no_cycle(bench):
    run = bench(GO_ON)
    doors(run)
    run.script("go_to(table)", 5, 5, 5, 5, 5, "SUCCESS")

    slammed: set[int] = set()

    def slam():
        if run.made[-1] == "go_to(table)" and len(slammed) < 4 and len(run.made) not in slammed:
            slammed.add(len(run.made))
            believe(run.facts, "not is_open(fridge)")

    assert watched(run, slam) is None
    assert run.made.count("open(fridge)") == 5


def test_failed_attempts_are_no_cycle_and_end_by_their_budget(bench):
    run = bench(RETRIED)
    doors(run)
    run.script("close(fridge)", *[1, run.seeing("not is_open(fridge)"), FailureCode.STALLED] * 20)
    assert watched(run) is None
    assert run.made.count("open(fridge)") == 5


def test_a_run_ends_a_cycle_at_its_second_turn_and_names_it(deployment):
    session = Session(deployment)
    begun = []
    session.watch(lambda event: begun.append(event) if isinstance(event, SkillStarted) else None)
    plan = session.plan_tree(parse_tree(MUG, file="bench.tree.yaml"), {})
    assert "these steps undo each other" in " ".join(plan.certificate.checked)
    result = session.execute(plan, approved_by="test")
    assert result.failure.code == FailureCode.NO_PROGRESS
    assert "these steps undo each other: pick(red_mug), put_in(red_mug, sink)" in result.message
    assert len([event for event in begun if event.call.name == "pick"]) == 3


MUG = """
tree: bench
domain: kitchen
root:
  sequence:
    - fallback:
        - check: in(red_mug, sink)
        - sequence: [{fallback: [{check: holding(red_mug)}, {do: pick(red_mug)}]},
            {do: "put_in(red_mug, sink)"}]
    - fallback:
        - check: on(red_mug, table)
        - sequence: [{fallback: [{check: holding(red_mug)}, {do: pick(red_mug)}]},
            {do: "put_on(red_mug, table)"}]
  memory: false
"""


def test_a_conflict_that_shows_on_the_way_leads_to_another_plan(deployment):
    text = (
        "(forall d in tableware where not clean(d) -> in(d, dishwasher))"
        " and (forall m in mug where in(m, cupboard) -> on(m, counter))"
    )
    result = run_goal(text, deployment, seed=0)
    assert result.world_true
    assert result.replans == 1


HALTED = """
tree: bench
domain: kitchen
root:
  fallback:
    - {sequence: [{check: is_open(fridge)}, {do: go_to(sink)}], memory: false}
    - do: go_to(table)
  memory: false
"""


def test_steps_that_halt_each_other_as_they_begin_are_a_cycle_of_a_simulation(bench):
    run = bench(HALTED)
    believe(run.facts, "not is_open(fridge)")
    run.script("go_to(table)", *[run.seeing("is_open(fridge)"), 9] * 9)
    run.script("go_to(sink)", *[run.seeing("not is_open(fridge)"), 9] * 9)
    closed = CycleWatch(run.compiled, run.runtime, is_closed=True)
    of_a_run = CycleWatch(run.compiled, run.runtime)
    found = []
    for _ in range(4):
        assert run.tick() == "RUNNING"
        found.append(str(closed.after_visit() or ""))
        assert of_a_run.after_visit() is None, "other causes may end it"
    assert found[-1].startswith("these steps undo each other: go_to")
