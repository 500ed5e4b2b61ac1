"""Words that ask for harm: refused because of the harm, whatever the domain can do."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from treehand.planners.goals.readings import Question, Refusal
from treehand.planners.hazards.clause_frames import frames_of, placed_frames
from treehand.planners.hazards.figures_of_speech import without_figures
from treehand.planners.hazards.frame import Chunk, Frame
from treehand.planners.hazards.placements import any_of
from treehand.planners.hazards.scene_hazards import SceneHazards
from treehand.planners.hazards.things import Thing, spoken_thing
from treehand.planners.hazards.told_dangers import told_danger
from treehand.planners.reading.acts.speech_act import Part, SpeechAct
from treehand.planners.reading.lexicon import Lexicon
from treehand.planners.reading.words.english import can_be_verb
from treehand.planners.reading.words.function_words import (
    ARTICLES,
    FUNCTION_WORDS,
    PREPOSITIONS,
    word_set,
)
from treehand.planners.reading.words.taxonomy import kinds_of_actions, kinds_of_things
from treehand.planners.reading.words.tokens import tokens_of
from treehand.skills.domain import Facts
from treehand.skills.domain.hazards.hazard import Hazard

_PLACING = word_set(
    "put place lay set drop move bring store leave toss throw hold hang drape stack pile park dump"
    " stand rest dry stick stuff load dip tie lock hide pour position install shove spread drag"
    " want like need keep fling chuck lower push wash rinse soak carry add blend mix combine"
    " balance lean deposit plunge"
)
"""Verbs that place what they are done to."""
_GETTING = word_set(
    "take get fetch find look grab remove pick see check save rescue unplug clear wipe switch turn"
    " open close show tell count watch search locate spot notice read write come"
)
"""Verbs after which "the phone in the bath" may tell where a thing is."""
_COOKING = word_set(
    "heat warm cook fry boil bake roast grill toast steam melt simmer prepare brown sear reheat"
)
_BARE = frozenset({"directly", "straight", "right", "bare"})
"""Words for what is cooked without a pot."""
_POTS = word_set("pan pot tray dish tin foil container anything")
_AWAY = frozenset({"off", "over", "out", "down"})
"""Particles that may also tell a place: "knock the block off the tray"."""
_MIXING = "and"
_INSIDE = frozenset({"in", "into", "inside", "on", "onto"})
_ALL = frozenset({"everything", "anything", "something", "all"})
_MOVING = word_set("off from to onto into in back")
"""Prepositions after a thing that is to get somewhere."""
_AFTER_PARTICLE = frozenset({"please", "now", "again", "then", "first", "quickly"})
"""Words that may follow the "on" or "off" of a verb."""


class _PlacingVerbs(Container[str]):
    """Verbs that may place what they are done to: all but those of getting and finding."""

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and (
            word in _PLACING or (word not in _GETTING and can_be_verb(word))
        )


class _AskingVerbs(Container[str]):
    """Verbs of the rules, and verbs that are kinds of the plainest of them: to guzzle is to drink.

    Args:
        own: The verbs of the rules.
    """

    def __init__(self, own: frozenset[str]) -> None:
        self._own = own

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.known(word) in self._own

    def known(self, verb: str) -> str:
        """Return a verb, or the plain verb that it is a kind of."""
        if verb in self._own or verb in FUNCTION_WORDS or not can_be_verb(verb):
            return verb
        kinds = kinds_of_actions()
        return next((one for one in _PLAIN_HARM if kinds.is_kind(verb, one)), verb)


_PLAIN_HARM = ("hurt", "injure", "damage", "destroy", "immerse", "drink", "throw", "block")
_ANY_PLACING = _PlacingVerbs()
_PEOPLE = word_set(
    "me him her us you myself himself herself yourself themselves somebody someone anybody anyone"
    " everybody everyone"
)
_VESSELS = word_set("tin can bottle canister drum jar tank tube barrel tub bucket")
"""Vessels that are called by what is in them."""
_NO_WAY_OUT = re.compile(
    r"\b(?:nobody|no one|they can not|people can not|anyone can not)"
    r"(?: (?:can|could|will|is able to))? (?:ever )?(?:(?:get|come|go|walk|squeeze|make it|pass)"
    r" (?:out|through|past)\b|use\b)?(?: ?[^,.;]*?)?(?P<way>\b\w*exit|stairs|stairwell"
    r"|corridor|hallway|way out|out\b|leave\b|escape\b)"
)
"""Purpose of blocking a way out: "so that nobody can get through the exit"."""
_WORN = re.compile(
    r"\bwhile (?:he|she|they|somebody|someone|(?:the|my|your|our) \w+) (?:is |are )?"
    r"(?:still )?(?:wears?|wearing|(?:inside|under|in|on) (?:it|them)\b)"
)
"""Words by which what is done to a thing is done to who wears it."""
_NAME = re.compile(r"(?<=[a-z,;] )([A-Z][a-z]+)\b")


_FLYING = re.compile(
    r"\b(?:see|test|check|measure|watch|try|find out|show me)(?: out)? how (?:far|high|well|nicely)"
    r" (?P<thing>(?:(?:the|a|an|my|that|this|our) )?[^,.;]+?)(?: can| could| will| would)?"
    r" (?:fly|flies|bounces?|soars?|sails?|glides?)\b"
)
"""A throw by what is to be seen of it: "see how far the glass flies"."""
_KICK = re.compile(r"\bkick(?:s|ed|ing)?\b")
_KICK_OFF = re.compile(r"\bkick (?:(?:us|it|this|things|everything) )?off (?:with|by)\b")
"""A beginning: "kick off with the dishes"."""
_APART = frozenset({"apart", "separate", "separately"})
_KEEPING_APART = frozenset({"keep", "store", "hold", "leave", "put", "place", "stay", "have"})
_WEARER = Chunk("on", ("somebody",), is_pronoun=True)


@dataclass(frozen=True)
class HarmAsk:
    """Words that ask for a hazard."""

    rule: Hazard
    reason: str
    """The rule's reason, with the things that the words name."""

    def refusal(self, said: str, instead_of: Question | Refusal | None = None) -> Refusal:
        """Return the refusal of the words.

        Args:
            said: The person's words.
            instead_of: Their reading. What is impossible stays so, if a person may allow the
                hazard.
        """
        if isinstance(instead_of, Refusal) and self.rule.level == "confirm":
            message = f"{self.reason}; nor can it be done: {instead_of.message}"
            return replace(instead_of, message=message, said=said, hazard=self.rule.rule)
        return Refusal(self.reason, said=said, hazard=self.rule.rule)


class HarmReader:
    """Finds what words ask for that a hazard rule is about.

    Args:
        hazards: The rules in force, and the things of the scene.
        lexicon: The words for these things.
    """

    def __init__(self, hazards: SceneHazards, lexicon: Lexicon) -> None:
        self._hazards = hazards
        self._lexicon = lexicon
        self._asks = [rule for rule in hazards.rules if rule.ask]
        self._placements = [rule for rule in hazards.rules if rule.at and not rule.ask]
        verbs = {entry.split()[0] for rule in self._asks for entry in rule.ask}
        self._verbs = _AskingVerbs(frozenset(verbs | _PLACING))

    def in_verbs(self, parts: Iterable[Part], text: str) -> HarmAsk | None:
        """Return the harm that a text asks for by its verbs; None if it asks for none.

        Args:
            parts: The text in parts, each with its act.
            text: The person's words, whose capital letters tell names.
        """
        names, found = _names_in(text), list[HarmAsk]()
        parts = tuple(parts)
        said = " ".join(tokens_of(text))
        is_asked = any(part.act.may_be_goal for part in parts)
        blocked = _NO_WAY_OUT.search(said) if is_asked else None
        if blocked is not None:
            found += [
                HarmAsk(rule, f"{blocked['way']}: nobody could get out")
                for rule in self._asks
                if rule.rule == "blocking"
            ]
        endangered = told_danger(parts, said)
        if endangered is not None:
            found += [
                HarmAsk(rule, _filled(rule.reason, Chunk("", tuple(endangered))))
                for rule in self._asks
                if rule.rule == "harm"
            ]
        begins = len(_KICK_OFF.findall(said)) == len(_KICK.findall(said))
        for frame in self._frames(parts, self._verbs):
            if (frame.verb == "kick" and begins) or self._is_switched(frame):
                continue
            if _WORN.search(said):
                frame = replace(frame, chunks=(*frame.chunks, _WEARER))
            frame = replace(frame, verb=self._verbs.known(frame.verb))
            for rule in self._asks:
                reason = self._reason(rule, frame, names)
                if reason is not None:
                    found.append(HarmAsk(rule, reason))
        return _gravest(found)

    def in_placements(self, parts: Iterable[Part], text: str, facts: Facts) -> HarmAsk | None:
        """Return the hazard of a placement that a text asks for; None if it asks for none.

        It is for words that lead to no goal: of a goal, its literals tell.

        Args:
            parts: The text in parts, each with its act.
            text: The person's words, whose capital letters tell names.
            facts: Beliefs, which tell what is switched off.
        """
        names, found = _names_in(text), list[HarmAsk]()
        parts = tuple(parts)
        plain = (*self._frames(parts, _PLACING), *self._frames(parts, _ANY_PLACING))
        for frame in (
            *plain,
            *(one.of_instrument for one in plain if one.of_instrument and not _is_filled(one)),
        ):
            for rule in self._placements:
                reason = self._placement(rule, frame, names, facts)
                if reason is not None:
                    found.append(HarmAsk(rule, reason))
        return _gravest(found)

    def _frames(self, parts: Iterable[Part], verbs: Container[str]) -> Iterator[Frame]:
        """Yield the frames, with some verbs, of the parts that ask for something."""
        for part in parts:
            if part.act.may_be_goal or self._may_ask(part):
                words = self._with_article(_tried_out(without_figures(part.words)))
                found = list(frames_of(words, verbs))
                is_verbless = part.act.may_be_goal and not self._begins_with_verb(words)
                yield from found or (placed_frames(words) if is_verbless else ())

    def _with_article(self, words: Sequence[str]) -> Sequence[str]:
        """Return "the saw off the bench" for "saw off the bench"; "saw off his finger" as it is."""
        is_pair = len(words) > 4 and words[1] == "and" and self._lexicon.names(words[2])
        after = words[3] if is_pair else words[1] if len(words) > 2 else ""
        ats = _MOVING | {"on"} if is_pair else _MOVING
        is_thing = after in ats and self._lexicon.names(words[0])
        if not is_thing or self._lexicon.asks(words[0]):
            return words
        at = [word for word in words[4 if is_pair else 2 :] if word not in FUNCTION_WORDS][:2]
        if not any(map(self._lexicon.is_place, at)):
            return words
        return ("the", *words[:2], "the", *words[2:]) if is_pair else ("the", *words)

    def _begins_with_verb(self, words: Sequence[str]) -> bool:
        before = {"go", "please", "just"}
        if words and words[0] == "you":  # "you will have to pick the wrapper up"
            before |= {"you", "will", "must", "should", "can", "have", "need", "to"}
        head = next((word for word in words if word not in before), "")
        after = next(iter(words[list(words).index(head) + 1 :]), "") if head else ""
        is_noun = after in PREPOSITIONS and not self._lexicon.asks(head)  # "bleach in the milk"
        if head in PREPOSITIONS or is_noun:
            return False
        return self._lexicon.asks(head) or (can_be_verb(head) and not self._lexicon.names(head))

    def _may_ask(self, part: Part) -> bool:
        """Return True for a part that is no order by its syntax, and yet begins with a verb."""
        words = [word for word in part.words if word not in ("go", "please", "just")]
        if words[:1] in (["see"], ["check"], ["test"]) and {"if", "whether"} & set(words[:2]):
            return True  # "see if the paper burns" asks to try
        return part.act is SpeechAct.REPORT and bool(words) and words[0] in self._verbs

    def _is_switched(self, frame: Frame) -> bool:
        """Return True for "kick the heater on" and "knock off the lamp": that switches them."""
        tail = tuple(word for word in frame.tail if word not in _AFTER_PARTICLE)
        if tail[-1:] in (("on",), ("off",)):
            state, objects = tail[-1], frame.objects
        elif tail[:1] == ("off",):
            state, objects = "off", frame.chunks[:1]
        else:
            return False
        kinds = [kind for one in objects for kind in self._kinds(one)]
        states = ((self._lexicon.state_of(state, kind), kind) for kind in kinds)
        return any(one is not None and self._lexicon.can_be(one, kind) for one, kind in states)

    def _kinds(self, chunk: Chunk) -> Iterator[str]:
        """Yield the types of the objects of the scene that a noun phrase may name."""
        for start in range(len(chunk.words)):
            for noun in self._lexicon.meanings(chunk.words[start:]):
                if noun.object:
                    yield self._lexicon.vocabulary.object_types[noun.object]

    # The rules.

    def _reason(self, rule: Hazard, frame: Frame, names: frozenset[str]) -> str | None:
        particle = _matched(rule.ask, frame)
        if particle is None or set(rule.unless) & set(frame.tail):
            return None
        objects = [*frame.objects]
        if particle and particle[-1] in _AWAY and _tells_place(frame, particle[-1]):
            return None
        if particle:
            objects += [one for one in frame.chunks if one.preposition in ("", particle[-1])]
            objects += frame.before  # "heat the thinner until it catches fire"
        what = self._first(objects, rule.what, names)
        if rule.what and what is None and _MIXING in rule.by:  # "with bleach and vinegar"
            given = [one for one in frame.chunks if one.preposition in rule.by]
            what = self._first(given, rule.what, names)
        if rule.what and what is None:
            return None
        if not rule.at:
            told = {one.preposition for one in frame.chunks} | set(frame.tail)
            is_so = not rule.by or bool(told & set(rule.by))
            return _filled(rule.reason, what) if is_so else None
        if _is_apart(frame) and "chemical" in rule.what and "chemical" in rule.at:
            return None
        if _APART & set(frame.tail) and frame.verb in _KEEPING_APART:
            return None
        given = [frame.recipient] if frame.recipient is not None else []
        places = [*given, *frame.chunks]
        places = [one for one in places if not rule.by or one.preposition in rule.by]
        if _MIXING in rule.by:
            places += [one for one in objects if one.is_several]
        places = [one for one in places if one is not what or one.is_several]
        at = self._first(places, rule.at, names)
        return _filled(rule.reason, what, at) if at is not None else None

    def _placement(
        self, rule: Hazard, frame: Frame, names: frozenset[str], facts: Facts
    ) -> str | None:
        if set(rule.unless) & set(frame.tail):
            return None
        if _is_apart(frame) and "chemical" in rule.what and "chemical" in rule.at:
            return None
        placed = (one for one in frame.objects if self._first([one], rule.what, names) is not None)
        reasons = (self._placed(rule, frame, one, names, facts) for one in placed)
        return next((reason for reason in reasons if reason is not None), None)

    def _placed(
        self, rule: Hazard, frame: Frame, what: Chunk, names: frozenset[str], facts: Facts
    ) -> str | None:
        """Return the reason of a rule for one of the things that a frame places."""
        told = set(frame.tail)
        is_bare = bool(_BARE & told) or ("without" in told and bool(_POTS & told))
        is_cooked = frame.verb in _COOKING and not is_bare
        if is_cooked and self._first([what], ("food", "animal"), names) is not None:
            return None  # in a pot; an animal that is no food is harmed by its verb
        for chunk in frame.chunks:
            if frame.is_place_of_another(chunk, what):
                continue
            if chunk.preposition in rule.by and chunk is not what:
                things = [one for one in self._things(chunk, names) if one.fits(rule.at)]
                if any(self._is_live(one, rule, facts) for one in things):
                    return _filled(rule.reason, what, chunk)
        return None

    def _is_live(self, thing: Thing, rule: Hazard, facts: Facts) -> bool:
        """Return False for a place that is known to be switched off."""
        atoms = self._hazards.switches(thing.name, rule.at) if thing.name else ()
        return any_of(atoms).holds(facts) is not False

    # The things.

    def _first(
        self, chunks: Iterable[Chunk], kinds: Sequence[str], names: frozenset[str]
    ) -> Chunk | None:
        for chunk in chunks:
            if any(one.fits(kinds) for one in self._things(chunk, names)):
                return chunk
        return None

    def _things(self, chunk: Chunk, names: frozenset[str]) -> Iterator[Thing]:
        words = chunk.words
        if len(words) > 1 and words[-1] in _VESSELS:  # the paint tin
            yield from self._things(replace(chunk, words=words[:-1]), names)
        if chunk.is_pronoun:
            if words[0] in _PEOPLE:
                yield Thing(("person",))
            return
        for start in range(len(words)):
            found = [n.object for n in self._lexicon.meanings(words[start:]) if n.object]
            if found:
                said = spoken_thing(words).words
                for thing in (self._hazards.things[name] for name in found):
                    is_short = _ends_with(thing.name.split("_"), words[start:])
                    yield thing if is_short else replace(thing, words=(*thing.words, *said))
                return
        last = words[-1]
        if last in names and not kinds_of_things().knows(last):
            yield Thing(("person",))
            return
        yield spoken_thing(words)


def _ends_with(name: Sequence[str], words: Sequence[str]) -> bool:
    """Return True for "the bear" that is said of a teddy bear, which is no bear."""
    return tuple(name[-len(words) :]) == tuple(words)


def _is_filled(frame: Frame) -> bool:
    """Return True for "put the pan with the cheese on the stove": it is in the pan."""
    return bool(frame.objects) and frame.objects[0].words[-1] in _POTS


def _tried_out(words: Sequence[str]) -> list[str]:
    """Return "throw the glass across the room" for "see how far the glass flies"."""
    return _FLYING.sub(r"throw \g<thing> across the room", " ".join(words)).split()


def _matched(asks: Iterable[str], frame: Frame) -> tuple[str, ...] | None:
    """Return the particles of the verb that a frame asks with; None if it is none of these."""
    best: tuple[str, ...] | None = None
    for ask in asks:
        verb, *rest = ask.split()
        if verb != frame.verb or (best is not None and len(rest) <= len(best)):
            continue
        places = [
            at
            for at in range(len(frame.tail) - len(rest) + 1)
            if rest[-1:] != ["over"] or frame.tail[at + len(rest) :][:1] != ("to",)
        ]  # "knock it over to the tray" knocks nothing over
        if not rest or any(frame.tail[i : i + len(rest)] == tuple(rest) for i in places):
            best = tuple(rest)
    return best


def _is_apart(frame: Frame) -> bool:
    """Return True for "put the acid in the hood and the bleach in the cabinet"."""
    plain = [word for word in frame.tail if word not in ARTICLES]
    for one, joined, other in zip(frame.chunks, frame.chunks[1:], frame.chunks[2:], strict=False):
        at = plain.index(joined.words[0]) if joined.words[0] in plain else 0
        is_placed = {one.preposition, other.preposition} <= _INSIDE and not other.is_pronoun
        if plain[at - 1 : at] == ["and"] and is_placed and one.words != other.words:
            return "same" not in plain
    return False


def _tells_place(frame: Frame, particle: str) -> bool:
    """Return True for "knock the block off the tray": the particle belongs to the place."""
    prepositions = [one.preposition for one in frame.chunks]
    return "" in prepositions and particle in prepositions


def _names_in(text: str) -> frozenset[str]:
    return frozenset(name.casefold() for name in _NAME.findall(text))


def _gravest(found: Sequence[HarmAsk]) -> HarmAsk | None:
    for level in ("refuse", "confirm"):
        for one in found:
            if one.rule.level == level:
                return one
    return None


def _filled(reason: str, what: Chunk | None, at: Chunk | None = None) -> str:
    for slot, chunk in (("{what}", what), ("{at}", at)):
        said = _said(chunk) if chunk is not None else "it"
        reason = reason.replace(slot, said)
    return reason


def _said(chunk: Chunk) -> str:
    if chunk.is_pronoun:
        return "somebody" if chunk.words[0] in _PEOPLE else chunk.words[0]
    article = "" if chunk.words[-1] in _ALL else "the "
    return f"{article}{' '.join(chunk.words)}"
