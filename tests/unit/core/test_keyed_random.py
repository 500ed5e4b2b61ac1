import statistics

from treehand.core.keyed_random import KeyedRandom


def test_a_draw_depends_on_its_key_alone():
    random = KeyedRandom(7).under("pick", ("red_mug",), 1)
    first = random.uniform("mass")
    for _ in range(5):
        random.uniform("something else")
    assert random.uniform("mass") == first
    assert KeyedRandom(7, "pick", ("red_mug",), 1).uniform("mass") == first
    assert KeyedRandom(8, "pick", ("red_mug",), 1).uniform("mass") != first
    assert random.under(2).uniform("mass") != first


def test_draws_are_spread_as_they_should_be():
    random = KeyedRandom(0)
    uniform = [random.uniform(i) for i in range(4000)]
    normal = [random.normal(i, mean=1.0, deviation=2.0) for i in range(4000)]
    assert 0.48 < statistics.mean(uniform) < 0.52
    assert 0.9 < statistics.mean(normal) < 1.1
    assert 1.9 < statistics.stdev(normal) < 2.1


def test_a_generator_is_keyed_too():
    random = KeyedRandom(3)
    assert random.generator("a").random() == random.generator("a").random()
    assert random.generator("a").random() != random.generator("b").random()
