"""A client that stays connected between activations, and what it does when that fails."""

import threading

import numpy as np
import pytest

from treehand.skills import FailureCode
from treehand.skills.vla import PolicyAnswer, PolicyError, PolicyObservation
from treehand.skills.vla.contract.policy import unreachable
from treehand.skills.vla.control.kept_policy import KeptPolicy

SEEN = PolicyObservation(1, 1, 0.0)


class Server:
    """Counts its clients; `is_down` breaks every connection that was made before."""

    def __init__(self):
        self.connects = self.closes = 0
        self.model, self.generation = "a", 0
        self.said = []

    def client(self):
        return Client(self)


class Client:
    def __init__(self, server):
        self.server, self.generation = server, None
        self.cancelled = threading.Event()

    def connect(self, timeout_s):
        self.server.connects += 1
        self.generation = self.server.generation
        return {"model": self.server.model}

    def reset(self, episode):
        pass

    def infer(self, observation, instruction, timeout_s):
        if self.generation != self.server.generation:
            raise unreachable("the connection broke")
        if instruction == "hang":
            self.cancelled.wait(5)
            raise unreachable("cancelled")
        if instruction == "raise":
            raise ZeroDivisionError
        self.server.said.append(instruction)
        return PolicyAnswer(np.zeros((1, 1)))

    def cancel(self):
        self.cancelled.set()

    def close(self):
        self.server.closes += 1


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def kept(server):
    return KeptPolicy(server.client)


def activation(kept, *instructions):
    assert kept.lease()
    try:
        declared = kept.connect(5.0)
        kept.reset("episode")
        for words in instructions:
            kept.infer(SEEN, words, 1.0)
        return declared
    finally:
        kept.close()


def test_a_warm_policy_takes_a_new_instruction_without_a_new_connection(server, kept):
    for words in ("pick up the can", "pick up the mug"):
        assert activation(kept, words) == {"model": "a"}
    assert (server.connects, server.closes) == (1, 0)
    assert server.said == ["pick up the can", "pick up the mug"]
    kept.release()
    assert server.closes == 1


def test_a_connection_that_broke_in_between_is_renewed_once(server, kept):
    activation(kept, "one")
    server.generation += 1
    activation(kept, "two", "three")
    assert server.connects == 2
    assert server.said == ["one", "two", "three"]


def test_a_connection_that_breaks_in_use_is_a_failure(server, kept):
    assert kept.lease()
    kept.connect(5.0)
    kept.infer(SEEN, "one", 1.0)
    server.generation += 1
    with pytest.raises(PolicyError) as caught:
        kept.infer(SEEN, "two", 1.0)
    assert caught.value.code is FailureCode.POLICY_UNREACHABLE
    kept.close()
    activation(kept, "three")
    assert server.said == ["one", "three"]


def test_a_server_that_comes_back_with_another_model_is_a_mismatch(server, kept):
    activation(kept, "one")
    server.generation, server.model = 1, "b"
    with pytest.raises(PolicyError, match="what it declares has changed: model") as caught:
        activation(kept, "two")
    assert caught.value.code is FailureCode.POLICY_MISMATCH


def test_after_an_error_the_next_activation_connects_anew(server, kept):
    with pytest.raises(ZeroDivisionError):
        activation(kept, "raise")
    activation(kept, "one")
    assert (server.connects, server.closes) == (2, 1)


def test_a_cancel_ends_the_call_and_the_next_activation_connects_anew(server, kept):
    assert kept.lease()
    kept.connect(5.0)
    timer = threading.Timer(0.02, kept.cancel)
    timer.start()
    with pytest.raises(PolicyError, match="cancelled"):
        kept.infer(SEEN, "hang", 5.0)
    timer.join()
    kept.close()
    activation(kept, "one")
    assert server.connects == 2


def test_a_cancel_between_calls_keeps_the_connection(server, kept):
    activation(kept, "one")
    kept.cancel()
    activation(kept, "two")
    assert server.connects == 1


def test_one_activation_at_a_time_has_it(kept):
    assert kept.lease()
    assert not kept.lease()
    kept.close()
    assert kept.lease()
