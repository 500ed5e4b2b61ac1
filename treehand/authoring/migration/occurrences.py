"""Names of skills, predicates, objects, trees, ports and failure codes where files use them.

Files are read as YAML with positions, not as models: an edit changes one name and nothing beside
it, and what a file says around it, comments too, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from treehand.authoring.migration.name_places import (
    ANY_KIND,
    CALL,
    CALLS,
    CODE,
    CODES,
    COMPARED,
    COMPARES,
    COMPARING,
    DECLARED,
    DECLARED_PORTS,
    FOREIGN,
    HEAD,
    KEY,
    KEY_PLACES,
    KEYWORDS,
    LABELS,
    OBJECT_KEYS,
    OWNERS,
    PARAMETERS,
    PROSE,
    QUANTIFIED,
    QUOTED,
    SKILL,
    SLOT,
    TOKEN,
    TREE,
    WIRED_PORTS,
    NameKind,
)
from treehand.documents.marked_nodes import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    marked_mapping,
)

_DEPRECABLE: Mapping[str, NameKind] = {
    "skills": "skill",
    "predicates": "predicate",
    "objects": "object",
}
"""Key at the top of a domain or scene to the kind of what is below it, which has a successor."""
Parameters = Mapping[str, frozenset[str]]
"""Skill or predicate to the names of its parameters."""


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
    """Variables that are bound there; for a failure code or a port of a call, those beside it."""
    is_wired: bool = False
    """True for a port of a call that is connected there."""


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
    wired: frozenset[str] = frozenset()
    """Ports that the node connects."""

    def at(self, key: str) -> _YamlPlace:
        return replace(self, keys=(*self.keys, key))


def occurrences(
    text: str, kind: str, parameters: Parameters = MappingProxyType({})
) -> Iterator[Occurrence]:
    """Yield every use of a name in a file, in no order.

    Args:
        text: Text of a file; one that is no YAML has none.
        kind: Kind of the file, as `file_types` names it.
        parameters: Parameters of the skills and predicates that bindings and detectors are about.
    """
    root = marked_mapping(text)
    if root is not None:
        yield from _FileReader(text, kind, parameters).mapping(root, _YamlPlace())


class _FileReader:
    def __init__(self, text: str, kind: str, parameters: Parameters) -> None:
        self._text = text
        self._kind = kind
        self._parameters = parameters

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
        loop = QUANTIFIED.match(_scalar(node, "for_each"))
        if loop is not None:
            names.add(loop.group(1))
        if len(place.keys) == 2 and place.keys[0] in (*OWNERS, "detectors"):
            fact = HEAD.match(_scalar(node, "fact"))
            is_detector = place.keys[0] == "detectors" and fact is not None
            owner = fact.group(1) if is_detector and fact is not None else place.keys[1]
            names |= self._parameters.get(owner, frozenset())
            return replace(place, owner=owner, scope=frozenset(names))
        owner = place.owner
        if not place.keys and self._kind in ("tree", "scenario"):
            owner = _scalar(node, "tree").rpartition("/")[2].partition(".")[0]
        return replace(place, owner=owner, scope=place.scope | names)

    def _key(self, key: Node, name: str, place: _YamlPlace) -> Iterator[Occurrence]:
        above = place.keys[-1] if place.keys else ""
        at = (key.start_mark.index, key.end_mark.index)
        if len(place.keys) == 1 and (self._kind, above) in DECLARED:
            yield from self._token(name, DECLARED[self._kind, above], "", at, is_declaration=True)
        elif self._kind == "deployment" and place.keys == ("bindings",):
            yield from self._token(name, "skill", "", at)
        elif place.keys == ("foreign_names", "ports"):
            found = self._token(name, "skill", "", at)
            yield from (replace(one, kinds=SKILL | TREE) for one in found)
        elif place.keys[:2] == ("foreign_names", "ports"):
            yield from self._token(name, "port", place.keys[2], at)
        elif place.keys[:1] == ("foreign_names",) and above in FOREIGN:
            yield from self._token(name, FOREIGN[above], "", at)
        elif above in (*DECLARED_PORTS, *PARAMETERS):
            declares = above in DECLARED_PORTS
            yield from self._token(name, "port", place.owner, at, is_declaration=declares)
        elif above in WIRED_PORTS:
            owner = place.called or place.owner
            found = self._token(name, "port", owner, at, scope=place.wired - {name})
            yield from (replace(one, is_wired=True) for one in found)
        elif (self._kind, *place.keys) in OBJECT_KEYS:
            yield from self._token(name, "object", "", at)
        elif above == "set" and self._kind == "tree":
            yield from self._token(name, "port", place.owner, at)
        elif above == "failures":
            yield from self._token(name, "code", "", at, scope=place.codes)
        elif above == "attempts":
            yield from self._calls(at, SKILL, place)

    def _value(self, node: Node, place: _YamlPlace) -> Iterator[Occurrence]:
        if isinstance(node, MappingNode):
            yield from self.mapping(node, self._called(node, place))
        elif isinstance(node, SequenceNode):
            if place.keys[-1:] and place.keys[-1] in CODES:
                place = replace(place, codes=frozenset(str(one.value) for one in node.value))
            for item in node.value:
                yield from self._value(item, place)
        elif isinstance(node, ScalarNode):
            yield from self._scalar(node, place)

    def _called(self, node: MappingNode, place: _YamlPlace) -> _YamlPlace:
        """Return the place of a tree's node: its ports are those of what it calls."""
        wired = (_child(node, key) for key in WIRED_PORTS)
        names = {str(key.value) for one in wired if one is not None for key, _ in one.value}
        place = replace(place, wired=frozenset(names)) if names else place
        if any(key.value == "ask" for key, _ in node.value):  # its answer is no port of the tree
            return replace(place, called="-")
        for key in ("do", "subtree"):
            head = HEAD.match(_scalar(node, key))
            if head is not None:
                return replace(place, called=head.group(1))
        return place

    def _scalar(self, node: ScalarNode, place: _YamlPlace) -> Iterator[Occurrence]:
        at = (node.start_mark.index, node.end_mark.index)
        raw = self._text[at[0] : at[1]]
        key = next((one for one in reversed(place.keys) if one), "")
        for slot in SLOT.finditer(raw) if key != "feedback" else ():  # there, paths of a message
            span = (at[0] + slot.start(1), at[0] + slot.end(1))
            yield from self._token(slot.group(1), "port", place.owner, span)
        if self._kind == "tree":
            yield from self._blackboard_keys(node, key, at, place)
        if place.keys == ("tree",):
            yield from self._tree_name(raw, at)
        elif key in CODES or place.keys[-2:-1] == ("failure",) or _is_code(key, raw):
            for code in CODE.finditer(raw):
                span = (at[0] + code.start(), at[0] + code.end())
                yield from self._token(code.group(), "code", "", span, scope=place.codes)
        elif place.keys[-2:] == ("deprecated", "use"):
            kind = "port" if place.keys[-4] in DECLARED_PORTS else _DEPRECABLE[place.keys[0]]
            owner = place.owner if kind == "port" else ""
            yield from self._token(str(node.value), kind, owner, at)
        elif self._is_no_use(raw, key, place):
            return
        elif place.keys[-2:-1] == ("vary",):
            yield from self._whole(node, raw, at, ANY_KIND)
        elif key in ("items", "places") or place.keys[-2:-1] in (("with",), ("only",)):
            yield from self._whole(node, raw, at, frozenset({"object"}))
        elif key == "inject":  # the kind of a fault, `close(fridge)`, is no skill
            begin = at[0] + raw.find("(")
            yield from self._calls((begin, at[1]), frozenset({"predicate"}), place)
        elif key in CALLS:
            yield from self._calls(at, CALLS[key], place)
        elif CALL.search(raw) and "set" not in place.keys[-2:]:
            is_answer = self._kind == "answers"  # of a model: a goal, or a whole tree
            kinds = SKILL | TREE if is_answer else frozenset()
            yield from self._calls(at, kinds | {"predicate"}, place)

    def _blackboard_keys(
        self, node: ScalarNode, key: str, at: tuple[int, int], place: _YamlPlace
    ) -> Iterator[Occurrence]:
        """Yield the keys of the blackboard, which are ports of the tree, that a value names."""
        raw = self._text[at[0] : at[1]]
        used = {key, *place.keys[-2:-1]} & KEY_PLACES
        if not used and not (key in COMPARING and COMPARES.search(raw)):
            return
        begin = 1 if node.style in ("'", '"') else 0
        body = QUOTED.sub(lambda quoted: "'" * len(quoted[0]), raw[begin:])
        for word in KEY.finditer(body):
            is_value = not used and COMPARED.search(body[: word.start()])
            if word[1] not in KEYWORDS and not is_value:
                start = at[0] + begin + word.start(1)
                own = (start, start + len(word[1]))
                yield from self._token(word[1], "port", place.owner, own)

    def _is_no_use(self, raw: str, key: str, place: _YamlPlace) -> bool:
        """Return True for texts for people, and for types."""
        is_told = key == "goal" and self._kind == "scenario" and not CALL.search(raw)
        is_type = len(place.keys) > 1 and place.keys[-2] in ("params", "types", "objects")
        return key in PROSE or is_told or is_type or place.keys[:1] == ("foreign_names",)

    def _tree_name(self, raw: str, at: tuple[int, int]) -> Iterator[Occurrence]:
        """Yield the tree that a file is, or that a scenario runs."""
        file = raw.rpartition("/")[2].strip("'\"")
        name = file.partition(".")[0]
        begin = at[0] + raw.rfind(name) if name else at[0]
        yield from self._token(
            name, "tree", "", (begin, begin + len(name)), is_declaration=self._kind == "tree"
        )

    def _whole(
        self, node: ScalarNode, raw: str, at: tuple[int, int], kinds: frozenset[NameKind]
    ) -> Iterator[Occurrence]:
        """Yield a name that is all of a value."""
        name = str(node.value)
        if (TOKEN.fullmatch(name) or CODE.fullmatch(name)) and name in raw:
            begin = at[0] + raw.find(name)
            yield Occurrence(kinds, name, "", begin, begin + len(name))

    def _calls(
        self, at: tuple[int, int], kinds: frozenset[NameKind], place: _YamlPlace
    ) -> Iterator[Occurrence]:
        """Yield the names in a formula or call: what is called, and its arguments."""
        raw = self._text[at[0] : at[1]]
        quantified = frozenset(one.group(1) for one in QUANTIFIED.finditer(raw))
        scope = place.scope | quantified
        is_label = place.keys[-1:] and place.keys[-1] in LABELS
        for token in TOKEN.finditer(raw):
            name, begin = token.group(), at[0] + token.start()
            span = (begin, begin + len(name))
            after = raw[token.end() :].lstrip()
            before = raw[: token.start()].rstrip()
            if name in KEYWORDS and not after.startswith("("):
                continue
            is_outside = not after.startswith("(") and not _is_argument(before)
            if before.endswith("{") or (is_label and is_outside):
                continue  # a slot; a label
            if after.startswith("("):
                if name not in KEYWORDS or name == "in":  # in(cup, sink); no bracket follows a type
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


def _is_code(key: str, raw: str) -> bool:
    return key == "inject" and not CALL.search(raw)


def _is_argument(before: str) -> bool:
    """Return True if a name after this text stands inside the brackets of a call."""
    return before.count("(") > before.count(")")


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
