"""Action models by a language model, for skills that have none.

The model sees the words of the domain, the skills with their descriptions and what past runs have
shown of them. What it proposes is text in the syntax of domain files; the domain's checker reads
it, and what a rehearsal shows goes back to the model once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from treehand.planners.llm.answers.answer_reader import WrongAnswer, json_of
from treehand.planners.llm.asking.meter import Meter
from treehand.planners.llm.asking.prompts import quoted
from treehand.planners.llm.asking.repairs import repaired
from treehand.planners.llm.contract.chat import Hear, Message
from treehand.planners.llm.contract.settings import ModelSettings
from treehand.skills import FailureCode
from treehand.skills.domain import Domain, SkillModel, Vocabulary

MAX_SKILLS = 12
"""Most skills of one request; a person has to look at each model."""
_MAX_LITERALS = 12
_MAX_TEXT = 300
_RULES = """\
You write action models for a robot's skills: what must hold before a skill begins, and what is true
after it has succeeded. Answer with one JSON object and nothing else:
{"models": [{"skill": NAME, "params": [{"name": NAME, "type": TYPE}], "preconditions": [FORMULA],
"effects": [LITERAL], "failures": [CODE], "duration_s": NUMBER, "irreversible": true or false,
"because": TEXT}], "reason": TEXT}
A LITERAL is a predicate of the list with the skill's parameters, "not " before it for the opposite.
A FORMULA may also join literals with " and ", " or ". Use no objects, no other predicates and no
constants. Name as effects only what the skill itself brings about; what excludes it becomes false
by itself. Keep the parameters that are given. "because" says in one sentence where each literal is
taken from: the skill's description, its source, or its past runs. Leave a skill out, with the
reason, if its effects cannot be said with these predicates. A person decides about each."""


@dataclass(frozen=True)
class LackingSkill:
    """A skill without an action model, with all that is known of it.

    Attributes:
        name: Its name.
        model: What the domain file declares of it; None if it does not name it.
        parameters: Names of its parameters, from the domain file or the source; None if unknown.
        doc: Its description, from the domain file or the source.
        seen: What its past runs have shown, in words.
    """

    name: str
    model: SkillModel | None = None
    parameters: tuple[str, ...] | None = None
    doc: str = ""
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProposedModel:
    """An action model that a language model proposes.

    Attributes:
        skill: Name of the skill.
        params: Parameter name to type name.
        preconditions: Formulas in the text syntax.
        effects: Literals in the text syntax.
        failures: Codes that it may fail with.
        duration_s: Typical duration, in seconds.
        is_irreversible: True if it cannot be undone.
        because: Where the literals are taken from, in the model's words.
    """

    skill: str
    params: Mapping[str, str]
    preconditions: tuple[str, ...]
    effects: tuple[str, ...]
    failures: tuple[str, ...]
    duration_s: float
    is_irreversible: bool
    because: str


@dataclass(frozen=True)
class ProposedModels:
    """The action models of one answer, and the reason for what was left out."""

    models: tuple[ProposedModel, ...]
    reason: str = ""


Examine = Callable[[ProposedModels], Sequence[str]]
"""Returns the mistakes in proposed models; none if they may be shown to a person."""


class ActionModelWriter:
    """Lets a model propose action models for one domain.

    Args:
        domain: Types, predicates, and the action models that there are.
        vocabulary: Its words, with the objects of the scene.
        meter: Asks the model.
        settings: Length of answers, repairs.
    """

    def __init__(
        self, domain: Domain, vocabulary: Vocabulary, meter: Meter, settings: ModelSettings
    ) -> None:
        self._domain = domain
        self._vocabulary = vocabulary
        self._meter = meter
        self._settings = settings

    def write(self, skills: Sequence[LackingSkill], examine: Examine, hear: Hear) -> ProposedModels:
        """Return action models for skills that have none; not all of them may have one.

        Args:
            skills: The skills.
            examine: Checks what is proposed.
            hear: Takes each piece of an answer as it comes.

        Raises:
            ModelError: If the model cannot be asked, or gives nothing usable.
        """
        lacking = {skill.name: skill for skill in skills}

        def read(answer: str) -> ProposedModels:
            proposed = _AnswerOfModels(lacking).read(json_of(answer))
            wrong = examine(proposed) if proposed.models else ()
            if wrong:
                raise WrongAnswer(wrong)
            return proposed

        names = ", ".join(lacking)
        turns = [
            Message("system", f"{_RULES}\n\n" + "\n".join(self._words())),
            Message("user", quoted("skills", [_told(skill) for skill in skills])),
            Message("assistant", "Understood: this is data."),
            Message("user", f"Write the action models of: {names}"),
        ]
        proposed, _ = repaired(
            turns,
            read,
            self._meter,
            self._settings,
            purpose="action-models",
            instruction=f"action models of {names}",
            schema=models_schema(self._vocabulary, tuple(lacking)),
            hear=hear,
        )
        return proposed

    def _words(self) -> Iterator[str]:
        """Yield the predicates, the types, and the action models that there are."""
        yield "Predicates:"
        for name, signature in self._vocabulary.predicates.items():
            model = self._domain.predicates[name]
            yield f"  {signature}: {' '.join(filter(None, [model.say, model.doc]))}"
        yield "Types, each with its parent:"
        for kind, parent in self._domain.types.items():
            yield f"  {kind}" + (f" (a {parent})" if parent else "")
        yield "Action models that there are:"
        for name, skill in self._domain.skills.items():
            if skill.effects:
                params = ", ".join(f"{param}: {kind}" for param, kind in skill.params.items())
                needs = "; ".join(map(str, skill.preconditions)) or "nothing"
                makes = "; ".join(map(str, skill.effects))
                yield f"  {name}({params}): needs {needs}; makes {makes}"


def models_schema(vocabulary: Vocabulary, skills: Sequence[str]) -> dict[str, Any]:
    """Return the JSON Schema of proposed action models.

    Args:
        vocabulary: The types that parameters may have.
        skills: Names of the skills without an action model.
    """
    text = {"type": "string"}
    texts = {"type": "array", "items": text}
    codes = [code.value for code in FailureCode]
    param = _whole({"name": text, "type": {"type": "string", "enum": list(vocabulary.types)}})
    model = _whole(
        {
            "skill": {"type": "string", "enum": list(skills)},
            "params": {"type": "array", "items": param},
            "preconditions": texts,
            "effects": texts,
            "failures": {"type": "array", "items": {"type": "string", "enum": codes}},
            "duration_s": {"type": "number"},
            "irreversible": {"type": "boolean"},
            "because": text,
        }
    )
    return _whole({"models": {"type": "array", "items": model}, "reason": text})


def _whole(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _told(skill: LackingSkill) -> dict[str, Any]:
    """Return the data about a skill for the prompt."""
    model = skill.model
    names = list(skill.parameters or ())
    given = {
        "skill": skill.name,
        "description": skill.doc,
        "sentence": model.say if model else "",
        "parameters": dict(model.params) if model and model.params else names,
        "preconditions_that_stay": [str(one) for one in model.preconditions] if model else [],
        "past_runs": list(skill.seen),
    }
    return {key: value for key, value in given.items() if value}


class _AnswerOfModels:
    """Reads one answer; collects everything that is wrong with its form.

    Args:
        lacking: The skills that may be named.
    """

    def __init__(self, lacking: Mapping[str, LackingSkill]) -> None:
        self._lacking = lacking
        self._mistakes: list[str] = []

    def read(self, data: Any) -> ProposedModels:
        """Return the proposed models; raises `WrongAnswer`."""
        rows = data.get("models") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise WrongAnswer(["models: is no list"])
        found: dict[str, ProposedModel] = {}
        for index, row in enumerate(rows[: 2 * MAX_SKILLS]):
            model = self._model(row, f"models[{index}]")
            if model is not None and model.skill in found:
                self._note(f"models[{index}]", f"'{model.skill}' has two models")
            elif model is not None:
                found[model.skill] = model
        if self._mistakes:
            raise WrongAnswer(self._mistakes)
        return ProposedModels(tuple(found.values()), _line(data.get("reason")))

    def _note(self, where: str, what: str) -> None:
        self._mistakes.append(f"{where}: {what}")

    def _model(self, row: Any, where: str) -> ProposedModel | None:
        if not isinstance(row, dict) or row.get("skill") not in self._lacking:
            self._note(where, f"names none of {', '.join(self._lacking)}")
            return None
        skill = self._lacking[row["skill"]]
        duration_s, final = row.get("duration_s", 5.0), row.get("irreversible", False)
        if isinstance(duration_s, bool) or not isinstance(duration_s, int | float):
            self._note(f"{where}.duration_s", "is no number of seconds")
        elif not 0 < duration_s <= 3600:
            self._note(f"{where}.duration_s", f"{duration_s:g} s is not above 0 and at most 3600")
        if not isinstance(final, bool):
            self._note(f"{where}.irreversible", "is neither true nor false")
        effects = self._texts(row, "effects", where)
        if not effects:
            self._note(f"{where}.effects", "is empty; leave the skill out if nothing can be said")
        codes = self._texts(row, "failures", where)
        for code in codes:
            if code not in {known.value for known in FailureCode}:
                self._note(f"{where}.failures", f"there is no code '{code}'")
        params = self._params(row.get("params"), skill, f"{where}.params")
        return ProposedModel(
            skill.name,
            params,
            self._texts(row, "preconditions", where),
            effects,
            codes,
            float(duration_s) if isinstance(duration_s, int | float) else 5.0,
            final is True,
            _line(row.get("because")),
        )

    def _texts(self, row: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = row.get(key, [])
        is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if not is_list or len(value) > _MAX_LITERALS:
            self._note(f"{where}.{key}", f"is no list of at most {_MAX_LITERALS} texts")
            return ()
        return tuple(dict.fromkeys(" ".join(one.split()) for one in value))

    def _params(self, data: Any, skill: LackingSkill, where: str) -> Mapping[str, str]:
        declared = skill.model.params if skill.model is not None else {}
        rows = data if isinstance(data, list) else []
        pairs = [(row.get("name"), row.get("type")) for row in rows if isinstance(row, dict)]
        if not isinstance(data, list | None) or not all(
            isinstance(name, str) and isinstance(kind, str) for name, kind in pairs
        ):
            self._note(where, "is no list of names with types")
            return declared
        given = {name: kind for name, kind in pairs if name is not None and kind is not None}
        if declared and given and given != dict(declared):
            names = ", ".join(f"{name}: {kind}" for name, kind in declared.items())
            self._note(where, f"the domain file says ({names})")
        if not declared and skill.parameters is not None and list(given) != list(skill.parameters):
            self._note(where, f"the function takes ({', '.join(skill.parameters)})")
        return declared or given


def _line(text: Any) -> str:
    return " ".join(text.split())[:_MAX_TEXT] if isinstance(text, str) else ""
