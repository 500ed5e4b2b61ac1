"""Exported trees on the real engine of BehaviorTree.CPP, beside the tree files on ours.

Random tree files of all nodes and modifiers that plain BehaviorTree.CPP can say are exported; the
XML is ticked by BehaviorTree.CPP, the file and what the XML reads back as by our engine.
"""

import random

import pytest

from tests.btcpp_runs import in_cpp, in_order, in_ours
from tests.samples import number
from treehand.documents.reader import parse
from treehand.skills.domain import Domain
from treehand.trees import TreeLibrary
from treehand.trees.format.spec import TreeSpec
from treehand.trees.format.yaml_writer import data_to_yaml
from treehand.trees.interop.btcpp.exporting.btcpp_export import export_btcpp
from treehand.trees.interop.btcpp.importing.btcpp_import import import_btcpp

pytestmark = pytest.mark.slow
KEYS = {"n": "number", "m": "number", "t": "text", "b": "flag"}
PORTS = {key: {"type": kind} for key, kind in KEYS.items()}
VALUES = {
    "number": (0, 1, 2, 3, -1, 0.5, 2.5),
    "text": ("red", "blue", "true", "1"),
    "flag": (True, False),
}
SIGNS = {"number": ("==", "!=", "<", "<=", ">", ">=")}
SAME_TICK = (
    ("sequence", "fallback", "reactive sequence", "reactive fallback", "switch"),
    ("invert", "optional", "unless", "while", "timeout", "keep_running"),
)
"""Composites and modifiers that are compared tick by tick."""
ROUNDS = (
    ("sequence", "fallback", "switch", "loop"),
    ("invert", "optional", "unless", "repeat", "retry"),
)
"""Those whose visits are compared, not their ticks: there, a loop goes on in another tick."""
OTHER_TICK = ("next round", "next item")
"""Parts of what an export tells of rounds that begin in another tick there."""
NO_DIFFERENCE = (*OTHER_TICK, "instant round", "a Timeout does not visit")
"""Parts of what an export tells that do not change the order of visits here."""
REACTIVE = ("Reactive", "WhileDoElse", "<Switch")
"""Nodes that look again in every tick: what goes round below may have written what they decide by,
and a round ends in another tick there."""
OTHER_VALUES = "one value after the other"
"""Part of what an export tells of a `set` whose keys are computed from each other."""


class Drawing:
    """One random tree file, and the answers of its leaves."""

    def __init__(self, seed, kinds, modifiers):
        self.draw, self.kinds, self.modifiers = random.Random(seed), kinds, modifiers
        self.names, self.subtrees, self.lists = {}, {}, 0

    def data(self):
        root = self.node()
        start = {key: self.constant(kind) for key, kind in KEYS.items()}
        names = {name: name for name in self.names}
        data = {"tree": "main", "domain": "d", "root": {"sequence": [{"set": start}, root]}}
        subtrees = dict(reversed(self.subtrees.items()))
        return data | {"subtrees": subtrees, "foreign_names": {"skills": names}}

    def node(self, depth=0):
        node = self.plain(depth)
        for modifier in self.modifiers:
            if self.draw.random() < 0.1:
                node |= self.modifier(modifier)
        return node

    def plain(self, depth):
        draw = self.draw
        if depth >= 3 or (depth and draw.random() < 0.35):
            return self.leaf(depth)
        kind = draw.choice(self.kinds)
        if kind == "switch":
            return self.switch(depth)
        if kind == "loop":
            self.lists += 1
            key, item = f"items_{self.lists}", draw.choice(("n", "t"))
            values = [draw.choice(VALUES[KEYS[item]]) for _ in range(draw.randint(1, 3))]
            loop = {"for_item": {"item": item, "list": key}, "each": self.node(depth + 1)}
            return {"sequence": [{"set": {key: values}}, loop]}
        memory = {"memory": False} if "reactive" in kind else {}
        return {
            kind.split()[-1]: [self.node(depth + 1) for _ in range(draw.randint(0, 3))]
        } | memory

    def switch(self, depth):
        key = self.draw.choice([*KEYS])
        texts = [str(value).lower() for value in VALUES[KEYS[key]]]
        cases = self.draw.sample(texts, self.draw.randint(1, min(3, len(texts))))
        node = {"switch": key, "cases": {case: self.node(depth + 1) for case in cases}}
        if self.draw.random() < 0.6:
            node["otherwise"] = self.node(depth + 1)
        return node | ({"memory": False} if self.draw.random() < 0.5 else {})

    def leaf(self, depth):
        kind = self.draw.choice(("do", "do", "do", "check", "set", "subtree"))
        if kind == "check":
            return {"check": self.formula()}
        if kind == "set":
            keys = self.draw.sample([*KEYS], 2)
            return {"set": {key: self.expression(KEYS[key]) for key in keys}}
        if kind == "subtree" and len(self.subtrees) < 3:
            name = f"sub_{len(self.subtrees)}"
            self.subtrees[name] = None
            body = self.node(depth)
            self.subtrees[name] = {"inputs": PORTS, "outputs": PORTS, "root": body}
            same = {key: key for key in KEYS}
            return {"subtree": f"{name}()", "in": same, "out": same}
        return {"do": self.step()}

    def step(self):
        name = f"step_{len(self.names)}"
        self.names[name] = [self.draw.choice("SFRR") for _ in range(400)]
        return f"{name}()"

    def modifier(self, name):
        if name in ("unless", "while"):
            return {name: self.formula()}
        if name == "repeat":
            return {name: self.draw.randint(1, 3)}
        if name == "retry":
            firsts = [self.step() for _ in range(self.draw.choice((0, 2, 3)))]
            first = {"first": firsts} if firsts else {}
            return {name: {"attempts": self.draw.randint(2, 5), "on": "any"} | first}
        return {name: "1000 s" if name == "timeout" else True}

    def constant(self, kind):
        value = self.draw.choice(VALUES[kind])
        return f"'{value}'" if kind == "text" else value

    def formula(self, depth=0):
        draw = self.draw
        if depth < 2 and draw.random() < 0.3:
            parts = self.formula(depth + 1), self.formula(depth + 1)
            return f"({parts[0]} {draw.choice(('and', 'or'))} {parts[1]})"
        if depth < 2 and draw.random() < 0.15:
            return f"not ({self.formula(depth + 1)})"
        key = draw.choice([*KEYS])
        value = draw.choice(("red", "blue") if key == "t" else VALUES[KEYS[key]])
        return f"{key} {draw.choice(SIGNS.get(KEYS[key], ('==', '!=')))} {str(value).lower()}"

    def expression(self, kind, depth=0):
        draw, deeper = self.draw, depth + 1
        if depth > 2 or draw.random() < 0.35:
            alike = [key for key, own in KEYS.items() if own == kind]
            return draw.choice((*alike, str(self.constant(kind)).lower()))
        if draw.random() < 0.15:
            parts = [self.expression(one, deeper) for one in (kind, "flag", kind)]
            return "({} if {} else {})".format(*parts)
        if kind == "text":
            return f"({self.constant(kind)} + {self.constant(kind)})"
        if draw.random() < 0.2:
            sign = "-" if kind == "number" else "not "
            return f"({sign}({self.expression(kind, deeper)}))"
        if kind == "flag" and draw.random() < 0.5:
            other = draw.choice([*KEYS.values()])
            sign = draw.choice(SIGNS.get(other, ("==", "!=")))
        else:
            other = kind
            sign = draw.choice(("+", "-", "*") if kind == "number" else ("and", "or"))
        if sign == "*":  # products of keys leave the 64 bits of whole numbers there in a few rounds
            return f"({self.expression(other, deeper)} * {draw.choice((-1, 0, 0.5, 1))})"
        return f"({self.expression(other, deeper)} {sign} {self.expression(other, deeper)})"


def accounts(folder, seed, kinds, modifiers, ticks):
    """Return the accounts of BehaviorTree.CPP, of ours, and of ours after there and back.

    Where the export tells of other values, or of other ticks before a node that looks again, there
    is nothing to compare.
    """
    drawing = Drawing(seed, kinds, modifiers)
    tree = parse(data_to_yaml(drawing.data()), TreeSpec, file="main.tree.yaml")
    skills = {name: {} for name in drawing.names}
    stub = {"domain": "d", "types": {}, "predicates": {}, "skills": skills}
    domain = parse(data_to_yaml(stub), Domain, file="d.domain.yaml")
    exported = export_btcpp(tree, domain, TreeLibrary({tree.tree: tree}))
    path = folder / "main.xml"
    path.write_text(exported.xml)
    again = import_btcpp(path)
    told = [f for f in exported.findings if not any(part in f.message for part in NO_DIFFERENCE)]
    names = drawing.names
    ours = in_ours(tree, domain, names, ticks)
    goes_round = any(part in f.message for f in exported.findings for part in OTHER_TICK)
    looks_again = goes_round and any(kind in exported.xml for kind in REACTIVE)
    is_other = looks_again or any(OTHER_VALUES in finding.message for finding in told)
    back = ours if is_other else in_ours(again.tree, again.domain, names, ticks)
    theirs = None if told or looks_again else in_cpp(exported.xml, names, ticks)
    return theirs, ours, back, exported.xml


def test_exported_trees_go_there_as_here(tmp_path):
    first, compared = number("exported trees"), 0
    for seed in range(first, first + 200):
        theirs, ours, back, xml = accounts(tmp_path, seed, *SAME_TICK, ticks=10)
        assert back == ours, f"{seed}: {xml}"
        assert theirs in (None, ours), f"{seed}: {xml}"
        compared += theirs is not None
    assert compared > 50


def test_exported_loops_visit_the_same_nodes_in_the_same_order(tmp_path):
    first, compared = number("exported loops"), 0
    for seed in range(first, first + 200):
        theirs, ours, back, xml = accounts(tmp_path, seed, *ROUNDS, ticks=400)
        assert in_order(back) == in_order(ours), f"{seed}: {xml}"
        assert theirs is None or in_order(theirs) == in_order(ours), f"{seed}: {xml}"
        compared += theirs is not None
    assert compared > 50
