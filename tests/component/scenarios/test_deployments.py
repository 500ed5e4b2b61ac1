"""Deployments of scenarios: what successive seeds share."""

from pathlib import Path

from treehand.planners import Goal, Question
from treehand.planners.reading_memory import ReadingMemory
from treehand.scenarios import Case, Deployments, load_variants
from treehand.skills.domain import Fact, Percept

FOLDER = Path(__file__).parents[3] / "scenarios"


def test_the_lexicon_and_the_hazards_are_made_once_for_all_seeds():
    """They take four fifths of a small run."""
    deployments = Deployments()
    first, second = (load_variants(FOLDER / "dropped_mug.scenario.yaml")[0] for _ in range(2))
    assert first is not second
    one, other = deployments.of(first), deployments.of(second)
    assert one.lexicon is other.lexicon
    assert one.hazards is other.hazards


def test_scenarios_with_other_facts_or_limits_share_none(tmp_path):
    text = (FOLDER / "dropped_mug.scenario.yaml").read_text(encoding="utf-8")
    changes = {"plain": "", "facts": "start: ['in(apple, fridge)']\n", "limit": "run_time: 77 s\n"}
    deployments = Deployments()
    made = {}
    for name, more in changes.items():
        path = tmp_path / f"{name}.scenario.yaml"
        path.write_text(f"{text.rstrip()}\n{more}", encoding="utf-8")
        made[name] = deployments.of(load_variants(path)[0])
    assert len({id(one) for one in made.values()}) == 3
    assert "in(apple, fridge)" in map(str, made["facts"].scene.facts)
    assert "in(apple, fridge)" not in map(str, made["plain"].scene.facts)
    assert made["limit"].budgets.run_time == 77.0 != made["plain"].budgets.run_time


def test_a_run_is_the_same_whatever_ran_before_it():
    """Seeds share readings and plans."""
    [variant] = load_variants(FOLDER / "dropped_mug.scenario.yaml")
    shared = Deployments()
    for seed in (0, 1, 0):
        told = []
        for deployments in (shared, Deployments()):
            report = Case(variant, seed).run(deployments)
            assert report.result is not None
            result = report.result.model_copy(update={"wall_time_s": 0.0})
            told.append(report.model_copy(update={"wall_s": 0.0, "result": result}))
        assert told[0] == told[1]


def test_words_are_read_again_where_other_things_are_believed(deployment, facts):
    memory, read = ReadingMemory(), []

    def goal_of(text, facts, result):
        return memory.goal(text, facts, lambda: read.append(text) or result)

    goal = Goal(text="close the fridge")
    assert goal_of("close it", facts, goal) is goal
    assert goal_of("close it", facts.copy(), Goal(text="other")) is goal
    assert read == ["close it"]
    goal_of("close that", facts, goal)
    facts.observe([Percept(Fact("is_open", ("fridge",)), True, "a test", 3.0)])
    other = Goal(text="open")
    assert goal_of("close it", facts, other) is other
    asked = Question("which one?", said="it")
    assert goal_of("it", facts, asked) is asked
    assert goal_of("it", facts, goal) is goal
    assert read == ["close it", "close that", "close it", "it", "it"]
