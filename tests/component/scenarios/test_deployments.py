"""Deployments of scenarios: what successive seeds share."""

from pathlib import Path

from treehand.scenarios import Deployments, load_variants

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
