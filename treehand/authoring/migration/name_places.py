"""Places of files at which names stand: keys, and patterns of texts."""

from __future__ import annotations

import re
from typing import Literal

NameKind = Literal["skill", "predicate", "object", "tree", "port", "code"]
KINDS: tuple[NameKind, ...] = ("skill", "predicate", "object", "tree", "port", "code")
TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CODE = re.compile(r"[a-z]+(?:-[a-z]+)*")
SLOT = re.compile(r"(?<!\$)\{\s*([A-Za-z_][A-Za-z0-9_]*)(?:\.[a-z_]+)?\s*\}")
"""``{item}``, or a part of it, ``{place.pose}``; ``${item}`` is a value that `vary` puts in."""
CALL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\s*\(")
HEAD = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)")
QUANTIFIED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s+in\s+[A-Za-z_]")
KEYWORDS = frozenset(
    {"and", "count", "else", "exists", "false", "forall", "if", "in", "not", "or", "true"}
    | {"unknown", "where"}
)
PROSE = frozenset(
    {"adapter", "adjectives", "adjectives_not", "answers", "ask", "because", "by", "doc", "log"}
    | {"instruction", "name", "options", "phrases", "phrases_not", "question", "reason", "feedback"}
    | {"said", "say", "say_not", "says", "scenario", "source", "tags", "trees", "url", "words"}
    | {"written", "xfail"}
)
"""Keys of texts for people."""
LABELS = frozenset({"after", "before", "node"})
"""Keys of patterns of labels: what stands outside of a call is nobody's name."""
OWNERS = ("skills", "predicates", "subtrees", "bindings")
DECLARED_PORTS = ("params", "inputs", "outputs")
PARAMETERS = ("limits", "only", "only_for")
WIRED_PORTS = ("in", "with", "out")
SKILL: frozenset[NameKind] = frozenset({"skill"})
TREE: frozenset[NameKind] = frozenset({"tree"})
CALLS = {
    **dict.fromkeys(("do", "first", "at", "order", "attempts"), SKILL),
    **{"subtree": TREE},
    **dict.fromkeys(LABELS, SKILL | TREE),
}
"""Keys whose values are calls, with what they call."""
FOREIGN: dict[str, NameKind] = {"skills": "skill", "trees": "tree"}
CODES = frozenset({"on", "otherwise_on"})
ANY_KIND: frozenset[NameKind] = frozenset({"skill", "predicate", "object", "tree", "code"})
KEY_PLACES = frozenset({"in", "out", "set", "switch", "wait", "for_item"})
"""Keys of a tree's nodes whose values name keys of its blackboard, or compute with them."""
COMPARING = frozenset({"check", "if", "unless", "while"})
KEY = re.compile(r"(?<![\w.'\"{$])([A-Za-z_][A-Za-z0-9_]*)(?![\w.'\"(])")
QUOTED = re.compile(r"\\\"[^\"]*\\\"|''[^']*''|'[^']*'|\"[^\"]*\"")
COMPARES = re.compile(r"[=!]=|[<>]")
COMPARED = re.compile(r"(?:[=!]=|[<>]=?)\s*$")
OBJECT_KEYS = frozenset(
    {
        ("scene", "furniture"),
        ("deployment", "ros", "poses"),
        ("deployment", "ros", "names"),
        ("deployment", "ros", "topics", "regions"),
    }
)
"""Kind of a file and keys below which each key names an object that is declared elsewhere."""
DECLARED: dict[tuple[str, str], NameKind] = {
    ("domain", "skills"): "skill",
    ("domain", "predicates"): "predicate",
    ("scene", "objects"): "object",
    ("tree", "subtrees"): "tree",
}
"""Kind of a file and key at its top to the kind of the names below it."""
