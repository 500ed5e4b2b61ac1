"""A run as an MCAP log: a third party's reader gives back every event, on one clock."""

import base64
import json
from io import BytesIO
from pathlib import Path

import pytest

pytest.importorskip("mcap", reason="needs the extra [mcap]")
from jsonschema import Draft202012Validator
from mcap.reader import make_reader

from treehand.core.errors import InputError
from treehand.orchestrator.exports.mcap_log import mcap_log, pictures_in
from treehand.orchestrator.store.journal import read_entries, read_header

JOURNALS = sorted((Path(__file__).parents[2] / "replay" / "journals").glob("*.sqlite"))


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_every_event_is_read_back(path):
    entries = list(read_entries(path))
    reader = make_reader(BytesIO(mcap_log(read_header(path), entries)), validate_crcs=True)
    events, logged, times = [], 0, []
    last = {}
    for schema, channel, message in reader.iter_messages(log_time_order=False):
        body = json.loads(message.data)
        Draft202012Validator(json.loads(schema.data)).validate(body)
        times.append(message.log_time)
        last[channel.topic] = body
        logged += channel.topic == "/treehand/log"
        if channel.topic.startswith("/treehand/events/"):
            events.append(body)
    assert events == [{"seq": e.seq, **e.event.model_dump(mode="json")} for e in entries]
    span_s = entries[-1].event.t_s - entries[0].event.t_s
    assert (max(times) - min(times)) / 1e9 == pytest.approx(span_s, abs=1e-6)
    assert logged > 0
    assert {fact["value"] for fact in last["/treehand/facts"]["facts"]} >= {"true", "false"}
    assert last["/treehand/tree"]["nodes"]
    (metadata,) = reader.iter_metadata()
    assert metadata.metadata == read_header(path)


def test_pictures_of_a_film_are_on_the_clock_of_the_run(tmp_path):
    path = JOURNALS[-1]
    entries = list(read_entries(path))
    shown = {name: f"picture {name}".encode() for name in ("00000.0s.png", "00005.0s.png")}
    for name, data in shown.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "notes.txt").write_text("not a picture")
    log = mcap_log(read_header(path), entries, pictures_in(tmp_path))
    reader = make_reader(BytesIO(log), validate_crcs=True)
    found = list(reader.iter_messages(topics=["/treehand/camera"]))
    for schema, _, message in found:
        Draft202012Validator(json.loads(schema.data)).validate(json.loads(message.data))
    assert {schema.name for schema, _, _ in found} == {"foxglove.CompressedImage"}
    data = [base64.b64decode(json.loads(message.data)["data"]) for _, _, message in found]
    assert data == list(shown.values())
    first_ns = min(message.log_time for _, _, message in reader.iter_messages())
    started_ns = first_ns if entries[0].event.t_s == 0 else None
    times = [message.log_time for _, _, message in found]
    assert times[1] - times[0] == 5_000_000_000
    assert started_ns is None or times[0] == started_ns


def test_a_folder_without_pictures_is_told(tmp_path):
    with pytest.raises(InputError, match="holds no pictures"):
        pictures_in(tmp_path)
    with pytest.raises(InputError, match="cannot read"):
        pictures_in(tmp_path / "missing")
