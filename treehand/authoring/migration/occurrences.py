"""Names of skills, predicates, objects, trees, ports and failure codes where files use them.

Files are read as YAML with positions, not as models: an edit changes one name and nothing beside
it, and what a file says around it, comments too, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from treehand.documents.marked_nodes import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    marked_mapping,
)

NameKind = Literal["skill", "predicate", "object", "tree", "port", "code"]
KINDS: tuple[NameKind, ...] = ("skill", "predicate", "object", "tree", "port", "code")
_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CODE = re.compile(r"[a-z]+(?:-[a-z]+)*")
_SLOT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_CALL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\s*\(")
_HEAD = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)")
_QUANTIFIED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s+in\s+[A-Za-z_]")
_KEYWORDS = frozenset(
    {"and", "count", "else", "exists", "false", "forall", "if", "in", "not", "or", "true"}
    | {"unknown", "where"}
)
_PROSE = frozenset(
    {"adapter", "adjectives", "adjectives_not", "answers", "ask", "because", "by", "doc", "log"}
    | {"instruction", "name", "options", "phrases", "phrases_not", "question", "reason", "rule"}
    | {"said", "say", "say_not", "says", "scenario", "source", "tags", "trees", "url", "words"}
    | {"written", "xfail"}
)
"""Keys of texts for people."""
_OWNERS = ("skills", "predicates", "subtrees", "bindings")
_DECLARED_PORTS = ("params", "inputs", "outputs")
_PARAMETERS = ("limits", "only", "only_for")
_WIRED_PORTS = ("in", "with", "out")
_SKILL: frozenset[NameKind] = frozenset({"skill"})
_TREE: frozenset[NameKind] = frozenset({"tree"})
_CALLS = {
    **dict.fromkeys(("do", "first", "at", "order", "attempts"), _SKILL),
    **{"subtree": _TREE, "node": _SKILL | _TREE},
}
"""Keys whose values are calls, with what they call."""
_FOREIGN: dict[str, NameKind] = {"skills": "skill", "trees": "tree"}
_CODES = frozenset({"on", "otherwise_on"})


@dataclass(frozen=True)
class Occurrence:
    """One place of a file that uses a name."""

    kinds: frozenset[NameKind]
    """Possible kinds of the name; one, unless the place does not tell."""
    name: str
    owner: str
    """For a port: the skill, predicate or tree that has it; else empty."""
    start: int
    end: int
    """Position in the text."""
    is_declaration: bool = False
    scope: frozenset[str] = frozenset()
    """Variables that are bound there; for a failure code, the codes beside it."""


@dataclass(frozen=True)
class _YamlPlace:
    """Where a node of a file is."""

    keys: tuple[str, ...] = ()
    owner: str = ""
    """The skill, predicate or tree whose declaration it is in."""
    scope: frozenset[str] = frozenset()
    called: str = ""
    """Skill or tree that the node calls."""
    codes: frozenset[str] = frozenset()
    """Failure codes that stand in the same list or mapping."""

    def at(self, key: str) -> _YamlPlace:
        return replace(self, keys=(*self.keys, key))


def occurrences(text: str, kind: str) -> Iterator[Occurrence]:
    """Yield every use of a name in a file, in no order.

    Args:
        text: Text of a file; one that is no YAML has none.
        kind: Kind of the file, as `file_types` names it.
    """
    root = marked_mapping(text)
    if root is not None:
        yield from _FileReader(text, kind).mapping(root, _YamlPlace())


class _FileReader:
    def __init__(self, text: str, kind: str) -> None:
        self._text = text
        self._kind = kind

    def mapping(self, node: MappingNode, place: _YamlPlace) -> Iterator[Occurrence]:
        """Yield the names that a mapping uses."""
        place = self._inside(node, place)
        if place.keys[-1:] == ("failures",):
            place = replace(place, codes=frozenset(str(key.value) for key, _ in node.value))
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else ""
            yield from self._key(key, name, place)
            yield from self._value(value, place.at(name))

    def _inside(self, node: MappingNode, place: _YamlPlace) -> _YamlPlace:
        """Return the place of what a mapping holds: whose ports it may name, what it binds."""
        params = _child(node, "params")
        names = {str(key.value) for key, _ in params.value} if params is not None else set()
        loop = _QUANTIFIED.match(_scalar(node, "for_each"))
        if loop is not None:
            names.add(loop.group(1))
        if len(place.keys) == 2 and place.keys[0] in _OWNERS:
            return replace(place, owner=place.keys[1], scope=frozenset(names))
        owner = place.owner
        if not place.keys and self._kind in ("tree", "scenario"):
            owner = _scalar(node, "tree").rpartition("/")[2].partition(".")[0]
        return replace(place, owner=owner, scope=place.scope | names)

    def _key(self, key: Node, name: str, place: _YamlPlace) -> Iterator[Occurrence]:
        above = place.keys[-1] if place.keys else ""
        at = (key.start_mark.index, key.end_mark.index)
        if len(place.keys) == 1 and (self._kind, above) in _DECLARED:
            yield from self._token(name, _DECLARED[self._kind, above], "", at, is_declaration=True)
        elif self._kind == "deployment" and place.keys == ("bindings",):
            yield from self._token(name, "skill", "", at)
        elif place.keys[:1] == ("foreign_names",) and above in _FOREIGN:
            yield from self._token(name, _FOREIGN[above], "", at)
        elif above in (*_DECLARED_PORTS, *_PARAMETERS):
            declares = above in _DECLARED_PORTS
            yield from self._token(name, "port", place.owner, at, is_declaration=declares)
        elif above in _WIRED_PORTS:
            yield from self._token(name, "port", place.called or place.owner, at)
        elif above == "failures":
            yield from self._token(name, "code", "", at, scope=place.codes)
        elif above == "attempts":
            yield from self._calls(at, _SKILL, place)

    def _value(self, node: Node, place: _YamlPlace) -> Iterator[Occurrence]:
        if isinstance(node, MappingNode):
            yield from self.mapping(node, self._called(node, place))
        elif isinstance(node, SequenceNode):
            if place.keys[-1:] and place.keys[-1] in _CODES:
                place = replace(place, codes=frozenset(str(one.value) for one in node.value))
            for item in node.value:
                yield from self._value(item, place)
        elif isinstance(node, ScalarNode):
            yield from self._scalar(node, place)

    def _called(self, node: MappingNode, place: _YamlPlace) -> _YamlPlace:
        """Return the place of a tree's node: its ports are those of what it calls."""
        for key in ("do", "subtree"):
            head = _HEAD.match(_scalar(node, key))
            if head is not None:
                return replace(place, called=head.group(1))
        return place

    def _scalar(self, node: ScalarNode, place: _YamlPlace) -> Iterator[Occurrence]:
        at = (node.start_mark.index, node.end_mark.index)
        raw = self._text[at[0] : at[1]]
        key = next((one for one in reversed(place.keys) if one), "")
        for slot in _SLOT.finditer(raw):
            span = (at[0] + slot.start(1), at[0] + slot.end(1))
            yield from self._token(slot.group(1), "port", place.owner, span)
        if place.keys == ("tree",):
            yield from self._tree_name(raw, at)
        elif key in _CODES or (key == "inject" and not _CALL.search(raw)):
            for code in _CODE.finditer(raw):
                span = (at[0] + code.start(), at[0] + code.end())
                yield from self._token(code.group(), "code", "", span, scope=place.codes)
        elif self._is_no_use(raw, key, place):
            return
        elif len(place.keys) > 1 and place.keys[-2] in ("with", "only", "vary"):
            yield from self._whole(node, raw, at)
        elif key == "inject":  # the kind of a fault, `close(fridge)`, is no skill
            begin = at[0] + raw.find("(")
            yield from self._calls((begin, at[1]), frozenset({"predicate"}), place)
        elif key in _CALLS:
            yield from self._calls(at, _CALLS[key], place)
        elif _CALL.search(raw):
            yield from self._calls(at, frozenset({"predicate"}), place)

    def _is_no_use(self, raw: str, key: str, place: _YamlPlace) -> bool:
        """Return True for texts for people, and for types."""
        is_told = key == "goal" and self._kind == "scenario" and not _CALL.search(raw)
        is_type = len(place.keys) > 1 and place.keys[-2] in ("params", "types", "objects")
        return key in _PROSE or is_told or is_type or place.keys[:1] == ("foreign_names",)

    def _tree_name(self, raw: str, at: tuple[int, int]) -> Iterator[Occurrence]:
        """Yield the tree that a file is, or that a scenario runs."""
        file = raw.rpartition("/")[2].strip("'\"")
        name = file.partition(".")[0]
        begin = at[0] + raw.rfind(name) if name else at[0]
        yield from self._token(
            name, "tree", "", (begin, begin + len(name)), is_declaration=self._kind == "tree"
        )

    def _whole(self, node: ScalarNode, raw: str, at: tuple[int, int]) -> Iterator[Occurrence]:
        if _TOKEN.fullmatch(str(node.value)):
            begin = at[0] + raw.find(str(node.value))
            span = (begin, begin + len(str(node.value)))
            yield from self._token(str(node.value), "object", "", span)

    def _calls(
        self, at: tuple[int, int], kinds: frozenset[NameKind], place: _YamlPlace
    ) -> Iterator[Occurrence]:
        """Yield the names in a formula or call: what is called, and its arguments."""
        raw = self._text[at[0] : at[1]]
        quantified = frozenset(one.group(1) for one in _QUANTIFIED.finditer(raw))
        scope = place.scope | quantified
        for token in _TOKEN.finditer(raw):
            name, begin = token.group(), at[0] + token.start()
            span = (begin, begin + len(name))
            after = raw[token.end() :].lstrip()
            before = raw[: token.start()].rstrip()
            if name in _KEYWORDS and not after.startswith("("):
                continue
            if after.startswith("("):
                if (
                    name not in _KEYWORDS or name == "in"
                ):  # in(cup, sink); no bracket follows a type
                    yield Occurrence(kinds, name, "", *span, scope=scope)
            elif re.search(r"(?:^|[\s(])in$", before):
                continue  # a type
            elif name in place.scope and name not in quantified:
                yield Occurrence(frozenset({"port"}), name, place.owner, *span, scope=scope)
            elif name not in scope:
                yield Occurrence(frozenset({"object"}), name, "", *span, scope=scope)

    def _token(
        self,
        name: str,
        kind: NameKind,
        owner: str,
        at: tuple[int, int],
        *,
        is_declaration: bool = False,
        scope: frozenset[str] = frozenset(),
    ) -> Iterator[Occurrence]:
        """Yield a name that stands in a range of the text, in quotes or without."""
        begin = self._text.find(name, at[0], at[1]) if name else -1
        if begin >= 0:
            end = begin + len(name)
            yield Occurrence(frozenset({kind}), name, owner, begin, end, is_declaration, scope)


_DECLARED: dict[tuple[str, str], NameKind] = {
    ("domain", "skills"): "skill",
    ("domain", "predicates"): "predicate",
    ("scene", "objects"): "object",
    ("tree", "subtrees"): "tree",
}
"""Kind of a file and key at its top to the kind of the names below it."""


def _child(node: MappingNode, key: str) -> MappingNode | None:
    for name, value in node.value:
        if name.value == key and isinstance(value, MappingNode):
            return value
    return None


def _scalar(node: MappingNode, key: str) -> str:
    for name, value in node.value:
        if name.value == key and isinstance(value, ScalarNode):
            return str(value.value)
    return ""
