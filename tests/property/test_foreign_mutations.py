"""Mutated XML of BehaviorTree.CPP gives a tree or typed findings with positions, and no more.

`pytest -m nightly tests/property/test_foreign_mutations.py` tries 10,000 files.
"""

import random
import time

import pytest

from tests.samples import number
from treehand.core.errors import InputError
from treehand.trees import parse_tree
from treehand.trees.interop.btcpp.importing.btcpp_import import import_btcpp

SEED_FILE = """<?xml version="1.0"?>
<root BTCPP_format="4" main_tree_to_execute="Main">
  <include path="./beside.xml"/>
  <BehaviorTree ID="Main">
    <Sequence name="all">
      <Script code="n := 1; s := 'a' .. 'b'; b := n &gt; 2 ? true : false"/>
      <Fallback>
        <Condition ID="IsC" at="{where}" _skipIf="n == 2"/>
        <RetryUntilSuccessful num_attempts="3"><Pick at="{where}" speed="0.5"/></RetryUntilSuccessful>
      </Fallback>
      <SubTree ID="Sub" found="{pose}" kind="red" _autoremap="true"/>
      <ForEach vector_in="{list}" out="{one}" index="{i}"><MoveTo pose="{one}"/></ForEach>
      <Switch2 variable="{n}" case_1="1" case_2="2"><A/><B/><AlwaysFailure/></Switch2>
      <WhileDoElse><C/><A/><B/></WhileDoElse>
      <RecoveryNode number_of_retries="2">
        <PipelineSequence><RateController hz="1.0"><A/></RateController><B/></PipelineSequence>
        <RoundRobin><A _onSuccess="n += 1"/><Wait wait_duration="5"/></RoundRobin>
      </RecoveryNode>
      <Timeout msec="500"><Repeat num_cycles="{n}"><Delay delay_msec="{n}"><B/></Delay></Repeat></Timeout>
      <SequenceWithMemory><RunOnce><A/></RunOnce><LoopDouble queue="1;2" value="{x}"><B/></LoopDouble></SequenceWithMemory>
    </Sequence>
  </BehaviorTree>
  <BehaviorTree ID="Sub"><Sequence><Detect kind="{kind}" out_pose="{found}"/><Precondition if="!b" else="SUCCESS"><A/></Precondition></Sequence></BehaviorTree>
  <TreeNodesModel><Action ID="MoveTo"><input_port name="pose" type="double">to</input_port>
    <input_port name="topSpeed" default="0.5"/><input_port name="frame" default="{frame}"/></Action>
    <SubTree ID="Sub"><input_port name="kind" default="blue"/></SubTree></TreeNodesModel>
</root>
"""  # noqa: E501
PIECES = ["<", ">", "/", '"', "'", "&", "&#x1b;", "&#10;", "\0", "\x85", "\u202e", "{", "}", "{=}"]
PIECES += [
    "<Sequence>",
    "</Sequence>",
    "<A/>",
    "-1",
    "1e999",
    "999999999999",
    "nan",
    "",
    " ",
    "ü",
    "𝄞",
]
PIECES += ["<![CDATA[", "]]>", "<!--", "-->", '<!DOCTYPE a [<!ENTITY b "c">]>', "<?xml?>", "{@x}"]
PIECES += ['ID="Main"', "Sub", "_while", "_failureIf", "n := ", "(" * 50, "!" * 60, "-" * 60, ";"]


def mutated(seed: int) -> bytes:
    """Return the file with some pieces cut, doubled, swapped, inserted or replaced."""
    draw = random.Random(seed)
    text = SEED_FILE
    for _ in range(draw.choice((1, 1, 2, 3, 6))):
        at = draw.randrange(len(text))
        end = min(len(text), at + draw.choice((1, 1, 3, 10, 80)))
        how = draw.randrange(5)
        if how == 0:
            text = text[:at] + text[end:]
        elif how == 1:
            text = text[:end] + text[at:end] * draw.choice((1, 1, 30)) + text[end:]
        elif how == 2:
            text = text[:at] + draw.choice(PIECES) + text[at:]
        elif how == 3:
            lines = text.split("\n")
            one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            text = "\n".join(lines)
        else:
            words = text.split('"')
            words[draw.randrange(len(words))] = draw.choice(PIECES)
            text = '"'.join(words)
    raw = text.encode(draw.choice(("utf-8",) * 8 + ("utf-16", "latin-1")), errors="replace")
    return raw[: draw.randrange(len(raw))] if draw.random() < 0.1 else raw


def imported_or_refused(path):
    try:
        imported = import_btcpp(path)
    except InputError as error:
        return None, error.findings
    return imported, imported.findings


def try_files(folder, seeds) -> int:
    path, read = folder / "main.xml", 0
    (folder / "beside.xml").write_text('<root><BehaviorTree ID="Beside"><A/></BehaviorTree></root>')
    for seed in seeds:
        path.write_bytes(mutated(seed))
        began = time.process_time()
        imported, findings = imported_or_refused(path)
        assert all(f.code and f.message and f.span is not None for f in findings), seed
        if imported is None:
            assert findings, seed
        elif not imported.files:
            assert "error" in {one.severity for one in findings}, seed
        else:
            read += 1
            name, text = next(iter(imported.files.items()))
            assert parse_tree(text, file=name) == imported.tree, seed
        assert time.process_time() - began < 5.0, seed
    return read


def test_mutated_files_give_findings_or_trees(tmp_path):
    first = number("foreign mutations")
    try_files(tmp_path, range(first, first + 20))


@pytest.mark.nightly
def test_ten_thousand_mutated_files(tmp_path):
    first = number("foreign mutations")
    assert try_files(tmp_path, range(first, first + 10_000)) > 1000
