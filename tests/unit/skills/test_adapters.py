import io

import numpy as np
import pytest

msgpack = pytest.importorskip("msgpack", reason="needs the extra [policies]")

from treehand.core.errors import MissingExtra
from treehand.skills.vla.adapters import (
    BUILT_IN,
    EXTRAS,
    adapter_names,
    find_adapter,
    missing_library,
)
from treehand.skills.vla.adapters.arrays import WireError, pack, unpack

ARRAYS = [
    np.arange(6, dtype="<f4").reshape(2, 3),
    np.zeros((2, 2, 3), dtype=np.uint8),
    np.zeros((0, 7)),
    np.array(3.5),
    np.arange(6).reshape(2, 3).T,
]


@pytest.mark.parametrize("encoding", ["openpi", "npy", "msgpack_numpy"])
@pytest.mark.parametrize("array", ARRAYS, ids=str)
def test_arrays_are_read_as_they_were_written(encoding, array):
    read = unpack(pack({"a": [array]}, encoding))["a"][0]
    assert read.dtype == array.dtype
    assert np.array_equal(read, array)


def test_the_layout_is_the_one_that_servers_read():
    sent = msgpack.unpackb(pack(np.zeros(1, "<f4"), "openpi"))
    assert sent == {b"__ndarray__": True, b"data": bytes(4), b"dtype": "<f4", b"shape": [1]}
    sent = msgpack.unpackb(pack(np.zeros(1, "<f4"), "msgpack_numpy"))
    assert sent[b"nd"] is True
    assert (sent[b"type"], sent[b"kind"], sent[b"shape"]) == ("<f4", b"", [1])
    sent = msgpack.unpackb(pack(np.zeros(1, "<f4"), "npy"))
    assert np.load(io.BytesIO(sent["as_npy"])).tolist() == [0.0]


@pytest.mark.parametrize(
    "value",
    [
        {b"__ndarray__": True, b"data": b"", b"dtype": "|O", b"shape": [1]},
        {b"nd": True, b"type": "|V8", b"kind": b"V", b"shape": [1], b"data": bytes(8)},
        {b"__ndarray__": True, b"data": b"12", b"dtype": "<f4", b"shape": [5]},
        {b"__ndarray__": True, b"dtype": "<f4"},
        {"__ndarray_class__": True, "as_npy": b"no array"},
    ],
    ids=["objects", "records", "too short", "no data", "no npy"],
)
def test_what_could_run_code_or_does_not_fit_is_refused(value):
    with pytest.raises(WireError):
        unpack(msgpack.packb(value))


def test_every_adapter_of_ours_can_be_found():
    for name in adapter_names():
        if name in BUILT_IN and missing_library(name) is not None:
            with pytest.raises(MissingExtra, match=EXTRAS[name]):
                find_adapter(name)
        else:
            assert callable(find_adapter(name))
