"""A run as an MCAP log: a third party's reader gives back every event, on one clock."""

import json
from io import BytesIO
from pathlib import Path

import pytest

pytest.importorskip("mcap", reason="needs the extra [mcap]")
from jsonschema import Draft202012Validator
from mcap.reader import make_reader

from treehand.orchestrator.exports.mcap_log import mcap_log
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
