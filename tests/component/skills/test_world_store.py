import json

import pytest

from treehand.core.errors import StorageError
from treehand.core.keyed_random import KeyedRandom
from treehand.skills import WorldFile
from treehand.skills.domain import Fact
from treehand.worlds.kitchen import Kitchen


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kitchen.world"


def test_the_last_whole_state_counts(path):
    store = WorldFile(path)
    assert store.load() is None
    store.save(b"one")
    store.save(b"two")
    assert WorldFile(path).load() == b"two"
    with path.open("ab") as file:
        file.write(b"torn")
    assert WorldFile(path).load() == b"two"


def test_what_a_killed_process_left_does_not_spoil_the_next_state(path):
    WorldFile(path).save(b"one")
    with path.open("ab") as file:
        file.write(b"tor")
    store = WorldFile(path)
    store.save(b"two")
    store.save(b"three")
    assert WorldFile(path).load() == b"three"


def test_a_state_is_held_until_its_file_is_named(path):
    store = WorldFile()
    store.save(b"one")
    assert store.load() == b"one"
    store.set_path(path)
    assert path.read_bytes() == b"one\n"


def test_a_long_file_is_written_anew(path):
    store = WorldFile(path, compact_bytes=100)
    for number in range(60):
        store.save(f"state-{number}".encode())
    assert path.stat().st_size < 200
    assert WorldFile(path).load() == b"state-59"


def test_a_world_that_cannot_be_kept_says_so(tmp_path):
    with pytest.raises(StorageError, match="world-unusable"):
        WorldFile(tmp_path / "missing" / "kitchen.world").save(b"one")
    with pytest.raises(StorageError, match="world-unusable"):
        WorldFile(tmp_path).load()


def kitchen(deployment, path, start_s=0.0):
    random = KeyedRandom(0)
    store = WorldFile(path)
    return Kitchen(deployment.domain, deployment.scene, random, store=store, start_s=start_s)


def test_a_kitchen_goes_on_where_it_was_left(deployment, path):
    one = kitchen(deployment, path)
    one.perceive()
    one.robot.manipulator.move_door("fridge", is_open=True)
    one.state.held, one.state.things["apple"].place = "apple", None
    one.robot.manipulator.turn_knob("left_knob", is_on=False)
    one.perceive()
    two = kitchen(deployment, path, start_s=100.0)
    assert two.state.time_s == 100.0
    truth = two.truth()
    assert truth.value(Fact("is_open", ("fridge",))) is True
    assert truth.value(Fact("holding", ("apple",))) is True
    assert truth.value(Fact("is_on", ("left_knob",))) is False
    assert {str(p.fact) for p in two.perceive() if p.value} >= {"holding(apple)", "is_open(fridge)"}


def test_nothing_is_told_that_is_not_kept(deployment, path):
    world = kitchen(deployment, path)
    world.perceive()
    world.robot.manipulator.release("floor")
    world.robot.manipulator.move_door("drawer", is_open=True)
    kept = path.read_bytes()
    told = world.perceive()
    assert any(str(percept.fact) == "is_open(drawer)" for percept in told)
    assert path.read_bytes() != kept


@pytest.mark.parametrize(
    "content",
    ["nonsense", "{}", '{"world":"kitchen","version":99}', '{"world":"other","version":1}'],
)
def test_a_file_of_another_world_is_refused(deployment, path, content):
    path.write_text(content + "\n")
    with pytest.raises(StorageError, match="not-this-world"):
        kitchen(deployment, path)


def test_a_file_of_another_scene_is_refused(deployment, path):
    kitchen(deployment, path).perceive()
    state = json.loads(path.read_text())
    del state["things"]["apple"]
    path.write_text(json.dumps(state, separators=(",", ":")) + "\n")
    with pytest.raises(StorageError, match="other things than in scene 'kitchen'"):
        kitchen(deployment, path)


def test_a_file_that_holds_something_else_is_left_alone(path):
    path.write_bytes(b"a note without an end")
    with pytest.raises(StorageError, match="not-this-world"):
        WorldFile(path).load()
    assert path.read_bytes() == b"a note without an end"
