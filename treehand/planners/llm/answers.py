"""The form of a model's answer: a JSON Schema with the words of one scene, and how it is read.

A schema guarantees form, not meaning: types are in it, but what "it" stands for, and whether a
list is empty that may not be, is checked when the answer is read; everything wrong is reported at
once, with where it is, so that one round can repair it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from treehand.core.text.outside_text import MAX_DIGITS
from treehand.skills.domain import (
    AllOf,
    AnyOf,
    Atom,
    Count,
    Exists,
    Fact,
    Forall,
    Formula,
    Negation,
    Vocabulary,
    conjuncts,
)

IT = "it"
"""Name, in an answer, of the object that a quantifier binds."""
MAX_PARTS = 40
"""More parts than this are no goal that a person can approve."""
MAX_ENUM_VALUES = 1000
"""Most enum values of a schema."""
MAX_LONG_ENUM, MAX_LONG_ENUM_LETTERS = 250, 15_000
"""An enum of more values may have no more letters."""
MAX_SCHEMA_LETTERS = 120_000
"""Most letters of a schema's names and values."""
_SIGNS = {"all": None, "some": None, "at least": ">=", "at most": "<=", "exactly": "=="}


def answer_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the JSON Schema of answers about one scene; every name in it is one that exists.

    It keeps to what strict structured output and llama.cpp's grammars both know: every property
    is required, none may be added, alternatives are `anyOf`.
    """
    kinds = {kind: vocabulary.objects(kind) for kind in vocabulary.types}
    definitions = _definitions(vocabulary, kinds)
    definitions["for_each"] = _object(
        {
            "how_many": _one_of(_SIGNS),
            "number": {"type": "integer"},
            "type": _one_of(kind for kind, names in kinds.items() if names),
            "such_that": _list(_OF_IT),
            "except": _list(_one_of(vocabulary.object_types)),
            "goal": _list(_OF_IT),
        }
    )
    options = _object({"any_of": _list(_list({"$ref": "#/$defs/part"}))})
    definitions["part"] = {"anyOf": [_LITERAL, {"$ref": "#/$defs/for_each"}, options]}
    text = {"type": "string"}
    properties = {
        "status": _one_of(["plan", "clarify", "infeasible"]),
        "goal": _list({"$ref": "#/$defs/part"}),
        "first": _list({"$ref": "#/$defs/part"}),
        "never": _list({"$ref": "#/$defs/part"}),
        "question": text,
        "options": _list(text),
        "reason": text,
    }
    return _within_limits({**_object(properties), "$defs": definitions})


def _within_limits(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose enums are no more than large providers take.

    The longest ones become plain texts: what such a text names is checked when it is read.

    Source:
        OpenAI, "Structured outputs", section "Supported schemas": 1,000 enum values and 120,000
        letters of names and values in total, 15,000 letters in an enum of over 250 values.
    """
    enums = sorted(_enums(schema), key=lambda one: len(one["enum"]), reverse=True)
    count = sum(len(one["enum"]) for one in enums)
    letters = len(json.dumps(schema))
    for one in enums:
        names = one["enum"]
        size = sum(map(len, names))
        is_long = len(names) > MAX_LONG_ENUM and size > MAX_LONG_ENUM_LETTERS
        if is_long or count > MAX_ENUM_VALUES or letters > MAX_SCHEMA_LETTERS:
            del one["enum"]
            count -= len(names)
            letters -= size
    return schema


def _enums(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield the parts of a schema that have an enum."""
    if isinstance(schema, dict):
        if isinstance(schema.get("enum"), list):
            yield schema
        for part in schema.values():
            yield from _enums(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _enums(part)


_LITERAL = {"$ref": "#/$defs/fact"}
_OF_IT = {"$ref": "#/$defs/fact_of_it"}


def _definitions(vocabulary: Vocabulary, objects: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the parts of a schema: objects by type, facts, facts about "it"."""
    definitions: dict[str, Any] = {}
    named = {kind: names for kind, names in objects.items() if names}
    for kind, names in named.items():
        definitions[f"a_{kind}"] = _one_of(names)
        definitions[f"it_or_a_{kind}"] = {"anyOf": [_one_of([IT]), {"$ref": f"#/$defs/a_{kind}"}]}
    definitions["fact"] = {"anyOf": list(_facts(vocabulary, named, "a"))}
    definitions["fact_of_it"] = {"anyOf": list(_facts(vocabulary, named, "it_or_a"))}
    return definitions


def _facts(
    vocabulary: Vocabulary, objects: Mapping[str, Sequence[str]], prefix: str
) -> Iterator[dict[str, Any]]:
    for name, signature in vocabulary.predicates.items():
        if all(kind in objects for _, kind in signature.parameters):
            given = {p: {"$ref": f"#/$defs/{prefix}_{kind}"} for p, kind in signature.parameters}
            is_so = {"type": "boolean"}
            yield _object({"fact": _one_of([name]), "of": _object(given), "is": is_so})


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(names: Iterable[str]) -> dict[str, Any]:
    """Return the schema of a text that is one of some names."""
    return {"type": "string", "enum": list(names)}


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


@dataclass(frozen=True)
class GoalAnswer:
    """Parsed answer of a model."""

    status: str
    formula: Formula
    before: tuple[Formula, ...] = ()
    """Formulas that must have come true first."""
    never: tuple[Formula, ...] = ()
    """Constraints: formulas that must not become true on the way."""
    question: str = ""
    options: tuple[str, ...] = ()
    reason: str = ""


class WrongAnswer(Exception):
    """An answer that cannot be used, with everything that is wrong with it."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = tuple(mistakes)


def json_of(text: str) -> Any:
    """Return the JSON value in a text, which a fence or words may surround.

    Raises:
        WrongAnswer: If there is none, with line and column.
    """
    stripped = text.strip()
    start = stripped.find("{")
    if start < 0:
        raise WrongAnswer(["the answer is not JSON: there is no '{' in it"])
    end = stripped.rfind("}") + 1
    body = stripped[start:end] if end > start else stripped[start:]
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise WrongAnswer([f"the answer is not JSON: {error.msg} at {place}"]) from error
    except ValueError as error:  # more digits than Python reads
        raise WrongAnswer([f"the answer is not JSON: {error}"]) from error
    except RecursionError as error:
        raise WrongAnswer(["the answer is nested too deeply"]) from error


class AnswerReader:
    """Reads answers about one scene.

    Args:
        vocabulary: Types, predicates, objects.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._mistakes: list[str] = []
        self._quantified = 0
        self._parts = 0

    def read(self, text: str) -> GoalAnswer:
        """Return an answer; raises `WrongAnswer` with everything that is wrong."""
        data = json_of(text)
        self._mistakes, self._quantified, self._parts = [], 0, 0
        answer = self._answer(data)
        if self._mistakes:
            raise WrongAnswer(self._mistakes)
        return answer

    def _answer(self, data: Any) -> GoalAnswer:
        if not isinstance(data, dict):
            self._note("answer", "is not an object")
            return GoalAnswer("plan", AllOf(()))
        status = data.get("status", "plan")
        if status not in ("plan", "clarify", "infeasible"):
            self._note("status", f"'{status}' is none of plan, clarify, infeasible")
        known = {"status", "goal", "first", "never", "question", "options", "reason"}
        for key in data.keys() - known:
            self._note(key, "is no key of an answer")
        formula: Formula = AllOf(())
        first: list[Formula] = []
        never: list[Formula] = []
        if status == "plan":
            parts = list(self._conjunction(data.get("goal"), "goal", it=None))
            first = list(self._conjunction(data.get("first", []), "first", it=None))
            never = list(self._conjunction(data.get("never", []), "never", it=None))
            if not parts and not self._mistakes:
                self._note("goal", "is empty; ask with status clarify if you are not sure")
            formula = parts[0] if len(parts) == 1 else AllOf(tuple(parts))
        question = self._text(data, "question")
        if status == "clarify" and not question:
            self._note("question", "is empty, though the status is clarify")
        options = data.get("options", [])
        if not isinstance(options, list) or not all(isinstance(one, str) for one in options):
            self._note("options", "is not a list of texts")
            options = []
        return GoalAnswer(
            status,
            formula,
            before=tuple(first),
            never=tuple(map(_forbidden, never)),
            question=question,
            options=tuple(options),
            reason=self._text(data, "reason"),
        )

    def _text(self, data: Mapping[str, Any], key: str) -> str:
        value = data.get(key, "")
        if isinstance(value, str):
            return " ".join(value.split())[:500]
        self._note(key, "is not a text")
        return ""

    def _note(self, where: str, what: str) -> None:
        self._mistakes.append(f"{where}: {what}")

    def _conjunction(self, data: Any, where: str, *, it: str | None) -> Iterator[Formula]:
        if not isinstance(data, list):
            self._note(where, "is not a list")
            return
        for index, item in enumerate(data):
            self._parts += 1
            if self._parts > MAX_PARTS:
                if self._parts == MAX_PARTS + 1:
                    self._note(where, f"the goal has more than {MAX_PARTS} parts")
                return
            part = self._part(item, f"{where}[{index}]", it)
            if part is not None:
                yield from conjuncts(part)

    def _part(self, data: Any, where: str, it: str | None) -> Formula | None:
        if not isinstance(data, dict):
            self._note(where, "is not an object")
        elif "fact" in data:
            return self._literal(data, where, it)
        elif "how_many" in data:
            return self._quantifier(data, where, it)
        elif "any_of" in data:
            return self._any(data, where, it)
        else:
            self._note(where, "has neither 'fact' nor 'how_many' nor 'any_of'")
        return None

    def _literal(self, data: Mapping[str, Any], where: str, it: str | None) -> Atom | None:
        name, given = data.get("fact"), data.get("of", {})
        signature = self._vocabulary.predicates.get(name) if isinstance(name, str) else None
        if signature is None or not isinstance(given, dict):
            known = ", ".join(self._vocabulary.predicates)
            self._note(where, f"there is no fact '{name}'; there are {known}")
            return None
        terms: list[str] = []
        for param, kind in signature.parameters:
            value = given.get(param)
            if value == IT and it is not None:
                terms.append(IT)
                if not (self._vocabulary.is_a(it, kind) or self._vocabulary.is_a(kind, it)):
                    self._note(f"{where}.of.{param}", f"'it' is a {it}, not a {kind}")
            elif value == IT:
                self._note(f"{where}.of.{param}", "'it' stands for nothing outside of 'how_many'")
            elif value not in self._vocabulary.objects(kind):
                known = ", ".join(self._vocabulary.objects(kind))
                self._note(f"{where}.of.{param}", f"'{value}' is no {kind}; there are {known}")
            else:
                terms.append(value)
        for param in given.keys() - {param for param, _ in signature.parameters}:
            self._note(f"{where}.of", f"'{name}' has no '{param}'")
        positive = data.get("is", True)
        if not isinstance(positive, bool):
            self._note(f"{where}.is", "is neither true nor false")
        if len(terms) != len(signature.parameters):
            return None
        return Atom(Fact(signature.name, tuple(terms)), positive is not False)

    def _quantifier(self, data: Mapping[str, Any], where: str, it: str | None) -> Formula | None:
        if it is not None:
            self._note(where, "'how_many' inside 'how_many' is not understood")
            return None
        kind, sign = data.get("type"), data.get("how_many")
        is_text = isinstance(kind, str) and isinstance(sign, str)
        if not is_text or kind not in self._vocabulary.types or sign not in _SIGNS:
            self._note(where, f"there is no type '{kind}', or '{sign}' is none of {list(_SIGNS)}")
            return None
        filters = list(self._conjunction(data.get("such_that", []), f"{where}.such_that", it=kind))
        body = list(self._conjunction(data.get("goal"), f"{where}.goal", it=kind))
        if not body:
            self._note(f"{where}.goal", "is empty")
            return None
        excluded: list[str] = []
        given = data.get("except") or []
        if not isinstance(given, list):
            self._note(f"{where}.except", "is not a list")
            given = []
        for name in given:
            if isinstance(name, str) and name in self._vocabulary.object_types:
                excluded.append(name)
            else:
                self._note(f"{where}.except", f"there is no '{name}'")
        variable = self._fresh(kind)
        wanted = _joined(body).substitute({IT: variable})
        only = _joined(filters).substitute({IT: variable})
        if sign == "all":
            return Forall(variable, kind, tuple(excluded), only, wanted)
        if sign == "some":
            return Exists(variable, kind, tuple(excluded), only, wanted)
        number = data.get("number")
        if type(number) is not int or not 0 <= number < 10**MAX_DIGITS:
            self._note(f"{where}.number", "is no number of things")
            return None
        both = _joined([*conjuncts(only), *conjuncts(wanted)])
        return Count(variable, kind, tuple(excluded), both, str(_SIGNS[sign]), number)

    def _any(self, data: Mapping[str, Any], where: str, it: str | None) -> Formula | None:
        options = data.get("any_of")
        if not isinstance(options, list) or len(options) < 2:
            self._note(f"{where}.any_of", "needs two lists or more")
            return None
        parts: list[Formula] = []
        for index, option in enumerate(options):
            found = list(self._conjunction(option, f"{where}.any_of[{index}]", it=it))
            if not found:
                self._note(f"{where}.any_of[{index}]", "is empty")
            parts.append(_joined(found))
        return AnyOf(tuple(parts))

    def _fresh(self, kind: str) -> str:
        self._quantified += 1
        return kind[0] if self._quantified == 1 else f"{kind[0]}{self._quantified}"


def _forbidden(part: Formula) -> Formula:
    """Return when something forbidden is so: of "every glass is open", when any is."""
    if isinstance(part, Forall):
        return Exists(part.variable, part.type, part.excluded, part.where, part.body)
    return AnyOf(tuple(map(_forbidden, part.parts))) if isinstance(part, AnyOf) else part


def _joined(parts: Sequence[Formula]) -> Formula:
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def answer_of(formula: Formula, vocabulary: Vocabulary) -> list[dict[str, Any]] | None:
    """Return a formula in the form of an answer's goal; None if it has none.

    The inverse of reading; examples in prompts are made with it.
    """
    parts = [_written(part, vocabulary) for part in conjuncts(formula)]
    return None if any(part is None for part in parts) else [p for p in parts if p is not None]


def _written(part: Formula, vocabulary: Vocabulary) -> dict[str, Any] | None:
    if isinstance(part, Negation) and isinstance(part.part, Atom):
        return _written(Atom(part.part.fact, not part.part.positive), vocabulary)
    if isinstance(part, Atom):
        params = vocabulary.predicates[part.fact.predicate].parameters
        given = {param: term for (param, _), term in zip(params, part.fact.terms, strict=True)}
        return {"fact": part.fact.predicate, "of": given, "is": part.positive}
    if isinstance(part, Forall | Exists):
        it = {part.variable: IT}
        where = answer_of(part.where.substitute(it), vocabulary)
        body = answer_of(part.body.substitute(it), vocabulary)
        if where is None or body is None:
            return None
        return {
            "how_many": "all" if isinstance(part, Forall) else "some",
            "number": 0,
            "type": part.type,
            "such_that": where,
            "except": list(part.excluded),
            "goal": body,
        }
    if isinstance(part, AnyOf):
        options = [answer_of(option, vocabulary) for option in part.parts]
        return None if any(option is None for option in options) else {"any_of": options}
    return None
