from treehand.core.keyed_random import KeyedRandom
from treehand.skills.contracts.grip_force import (
    FRAGILE_SHARE,
    GRAVITY_M_S2,
    LIFT_ACCELERATION_M_S2,
    needed_force_n,
)
from treehand.worlds.simulated.grasping import Body, chosen_force_n, estimate, lift_holds


def lift_failure_rate(model, *, attempt: int, n: int = 3000) -> float:
    body, failed = Body.of(model), 0
    for draw in range(n):
        guess = estimate(body, KeyedRandom(0, draw))
        failed += not lift_holds(body, chosen_force_n(guess, attempt))
    return failed / n


def test_coulombs_law():
    force_n = needed_force_n(0.5, 0.4, LIFT_ACCELERATION_M_S2)
    assert 2 * 0.4 * force_n == 0.5 * (GRAVITY_M_S2 + LIFT_ACCELERATION_M_S2)


def test_a_lift_fails_five_to_ten_percent_of_the_time(scene):
    """The difficulty of the built-in kitchen; nobody may tune it away."""
    models = [model for model in scene.objects.values() if model.mass_kg is not None]
    rates = [lift_failure_rate(model, attempt=1) for model in models]
    assert len(rates) == 15
    assert 0.05 <= sum(rates) / len(rates) <= 0.10
    assert all(0.04 <= rate <= 0.12 for rate in rates)


def test_a_second_attempt_grips_harder(scene):
    model = scene.objects["red_mug"]
    assert lift_failure_rate(model, attempt=2) < lift_failure_rate(model, attempt=1) / 3


def test_a_fragile_thing_is_never_squeezed_near_its_limit(scene):
    body = Body.of(scene.objects["glass"])
    for draw in range(500):
        guess = estimate(body, KeyedRandom(1, draw))
        force_n = chosen_force_n(guess, attempt=9)
        assert force_n <= FRAGILE_SHARE * guess.break_force_n
