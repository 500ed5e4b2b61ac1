"""Forms of statements: "there is a plate on it" becomes "a plate is on it"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from treehand.planners.reading.words.english import base_of

_ONE_OF = re.compile(
    r"(?:either|any|some|at least one|(?:any )?one)(?: one)?(?: of)?(?: (?:the|my|those|these))?"
    r" (?P<noun>(?!of\b|or\b)(?:(?!is\b|are\b|or\b|in\b|on\b)\w+ )+)(?:is|are) (?P<state>.+)"
)


def plain_statement(said: str) -> Iterator[str]:
    """Yield the forms of a statement that the grammar may read.

    "There is a dirty plate on the table" becomes "a dirty plate is on the table".
    """
    said = re.sub(r"\b(?:gets|becomes|turns|has become|has been|stays|remains)\b", "is", said)
    said = re.sub(r"\b(?:get|become|have been|stay|remain)\b", "are", said)
    said = re.sub(r"\b(?:still|already|currently|now|ever|being|right now)\b ?", "", said).strip()
    said = re.sub(r"^either(?: of)?(?: the)? (\w+?)s? (?=is |are )", r"any \1 ", said)
    words = said.split()
    if words[:1] in (["is"], ["are"]):  # as a question
        for index in range(2, len(words)):
            yield " ".join((*words[1:index], words[0], *words[index:]))
    match = re.fullmatch(r"there (?:is|are) (something|anything|nothing|one) (.+)", said)
    if match is not None:
        yield f"{'nothing' if match[1] == 'nothing' else 'a thing'} is {match[2]}"
        return
    match = re.fullmatch(
        r"there (is|are) (not )?(?:(no|any|some) )?(.+?) (in|on|inside|at) (.+)", said
    )
    if match is not None:
        be, denied, quantity, thing, where, place = match.groups()
        thing = thing if thing.split()[0] in ("a", "an", "the") else f"a {thing.removesuffix('s')}"
        no = " not" if denied or quantity == "no" else ""
        if not no:
            yield f"{thing} {be.replace('are', 'is')} {where} {place}"
            yield f"the {thing.split(' ', 1)[1]} is {where} {place}"
        else:
            yield f"the {thing.split(' ', 1)[1]} is not {where} {place}"
    yield said
    match = re.fullmatch(r"(?:you|i|we) (?:see|find|notice|have) (a|an|any) (\w+) (\w+)", said)
    if match is not None:
        yield f"a {match[3]} is {match[2]}"
    match = re.fullmatch(r"(?:there (?:is|are)|of) (?:a|an|any|some) (\w+) (\w+)", said)
    if match is not None:
        yield f"a {match[2].removesuffix('s')} is {match[1]}"
    match = re.fullmatch(r"(?:you|i|we) (?:are |have |had )?(.+)", said)
    if match is not None:
        yield match[1]
        verb, _, rest = match[1].partition(" ")
        yield f"{base_of(verb)} {rest}".strip()
    match = re.fullmatch(r"(?:you|i|we|somebody|someone) (?:have )?left (.+) (\w+)", said)
    if match is not None:
        yield f"{match[1]} is {match[2]}"
    match = re.fullmatch(r"(?:any )?one of the (\w+?)s (?:is|are) (.+)", said)
    if match is not None:
        yield f"a {match[1]} is {match[2]}"
    match = re.fullmatch(r"(.+) (?:is|are) (?:empty|clear|cleared|bare|free)", said)
    if match is not None:
        yield f"nothing is on {match[1]}"
        yield f"nothing is in {match[1]}"
    match = re.fullmatch(r"(.+) (?:is|are) (?:opened|closed|shut)", said)
    if match is not None:
        yield re.sub(r"opened$", "open", said)
    match = re.fullmatch(r"(.+) (?:is|are) in (?:your|the) (?:hand|hands|gripper)", said)
    if match is not None:
        yield f"the robot holds {match[1]}"
        yield f"hold {match[1]}"
    match = re.fullmatch(r"(.+) is (?:switched|turned) (on|off)", said)
    if match is not None:
        yield f"{match[1]} is {match[2]}"


def one_of_them(said: str) -> str:
    """Return "a mug is dirty" for "either mug is dirty", "any of the mugs are dirty"."""
    match = _ONE_OF.fullmatch(said)
    if match is None:
        return said
    *rest, noun = match["noun"].split()
    return f"a {' '.join((*rest, singular_of(noun)))} is {match['state']}"


def singular_of(words: str) -> str:
    """Return words with their first one in the singular: "plates on it", "plate on it"."""
    head, _, tail = words.partition(" ")
    head = re.sub(r"(?:(?<=sh)|(?<=ss)|(?<=x)|(?<=ch))es$|(?<!s)s$", "", head)
    return f"{head} {tail}".strip()


def as_statement(said: str) -> str:
    """Return "have a door open" as "a door is open", "a door may be open" as "a door is open"."""
    said = re.sub(r"^(?:do |you )?(?:have|keep|leave) (a \w+(?: \w+)*?) (\w+)$", r"\1 is \2", said)
    said = re.sub(r"\b(?:may|must|should|can|shall) be\b", "is", said)
    match = re.fullmatch(r"(a \w+) (open|closed|on|off|dirty|clean)", said)
    return f"{match[1]} is {match[2]}" if match else said
