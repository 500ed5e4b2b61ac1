"""Marking words of conditions and requirements, and where a text is cut at them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from treehand.planners.goals.requirements.time_limits import AMOUNT, UNIT
from treehand.planners.reading.speech.rewording import without_idle_conditions
from treehand.planners.reading.words.tokens import tokens_of

_IF = (
    r"(?:only )?(?:if|in case|as long as|so long as"
    r"|(?:provided|providing|assuming|supposing|presuming|given)(?: that)?)"
)
WHEN = (
    r"when|once|as soon as|the (?:moment|instant)(?: that)?"
    r"|(?:right|directly|immediately) after|after"
)
RULE = r"whenever|every time|each time|any time|anytime"
MARK = rf"{_IF}|unless|{WHEN}|{RULE}|while"
LEADING = re.compile(rf"(?:then |and |but |also )*(?P<mark>{MARK})(?: that)? (?P<rest>.+)")
ELSE = re.compile(
    r"(?: ,| \.| ;)?(?: and| but)? (?:otherwise|or else|else|if not|if it is not|if that is not so)"
    r"(?: ,)? "
)
HAS_MARK = re.compile(
    rf"\b(?:{MARK}|except (?:when|if|where|while|for when)|even (?:though|when)|whether or not"
    r"|although|in (?:the|any) (?:event|case) that|for over|until|till|before|by the time"
    r"|longer than|more than|at most|no longer"
    r"|at a time|at once|only one|one by one|within .* (?:of|after)|later than|check|see|look"
    r"|at no time|at no point|at all times|nobody|no one|nothing (?:may|must|can|should)"
    r"|only then|find out|one after (?:the other|another)|separately"
    r"|^should|^(?:is|are) .+ [.;] (?:and )?then)\b"
)
IS_RULE = re.compile(rf"\b(?:{RULE})\b")
NEGATIVE = re.compile(r"(?<![\w-])[-−]\d+")
NOTHING = re.compile(
    r"(?:please )?(?:do nothing|nothing|(?:just )?(?:leave|let) (?:it|them|that|everything)"
    r"(?: alone| be| there| as it is| as they are| in peace)?"
    r"|skip (?:it|that)|ignore (?:it|that)|never mind)"
)
IS_DONE = re.compile(r"(?:you (?!are|have)\w+|\w+ing)\b")
OF_PERSON = re.compile(r"(?:you|i|we)\b")
OF_A_PERSON = re.compile(
    r"(?:you|i|we) (?:can|could|may|might|will|would|want|need|like|must|should|do)\b"
)
"""Beginning of a condition about what somebody can or wants, which no look decides."""
ACTIVITY = re.compile(
    r"(?:(?:you|i|we) (?:are )?)?(?!(?:are|have|hold|holding|carry|carrying|do|can|may|must)\b)"
    r"(?P<doing>\w+) (?P<rest>.+)"
)
"""Action of somebody, after "while"."""
DURING = re.compile(r"while (?P<rest>.+)|(?P<main>.+?)(?: ,)? while (?P<said>[^,]+)")
"""Request, and the action meanwhile, in either order."""
KEEPING = re.compile(r"(?:please )?(?:keep|leave)\b")
IS_DENIED = re.compile(r"(?:please )?(?:do not|never|not)\b")
ANTECEDENT = re.compile(r"\b(?:it|them|that one|those)\b")
BARE = re.compile(
    r"^(?:(?:no|nope|but|and|yes|yeah|ok|okay|well|wait|oh|please|just|actually|do (?:it|that|so)"
    r"|that is fine|fine|sure)\b(?: ,)? )+(?=\w)"
)
"""Words before a condition that is said alone."""
ONLY_WHEN = re.compile(r"^only (?:when|once|while|after) ")
UNCONDITIONAL = re.compile(
    r"(?:(?:forget|drop|skip|scrap|ignore|leave out|remove|lift|without)(?: about)?"
    r" (?:the|that|this|your|any|all|those)?(?: ?(?:last|whole))? ?(?:conditions?|ifs?)(?: part)?"
    r"|the conditions?|unconditionally|(?:do it |do that )?(?:in any case|in every case|regardless"
    r"|either way|in either case|anyway|no matter what|whatever happens|come what may))"
)
"""Words that lift the condition of the goal before."""
STEPS = re.compile(rf"(?: ,)? within (?P<number>{AMOUNT}|zero) (?P<unit>steps?|actions?|moves?)$")
PRONOUN = re.compile(r"(?:it|they|there)\b")
SENTENCE = re.compile(r" [.;] ")
_AT_ONCE = re.compile(
    r",? (?:(?:right|straight|immediately|directly) )?(?:afterwards|after that|away|immediately)$"
)
_FEWER = {"two": "one", "three": "two", "four": "three", "five": "four"}
_MOST_PIECES = 40
"""Most places at which one text is tried to be cut."""


def has_conditions(text: str) -> bool:
    """Return True if a text has a word that may begin a condition or a requirement."""
    return HAS_MARK.search(" ".join(without_idle_conditions(tokens_of(text)))) is not None


def is_rule(text: str) -> bool:
    """Return True if a text is a rule ("whenever …"), whose time is that of the response."""
    return IS_RULE.search(text.lower()) is not None


_IN_ANY_CASE = re.compile(
    r"(?:^| ,? ?)(?:even if|even though|even when|whether or not|regardless of whether|although)"
    r" [^,.;]+(?: ,(?= )|$)"
)
_ALREADY = re.compile(
    r"(?: ,)? unless (?:it|they|that|those) (?:is|are) (?:already (?:in |on )?(?:there|it|so)"
    r"|(?:in |on )?(?:there|it|so) already)"
)
_ALWAYS_AFTER = re.compile(
    r"(?:please )?always (?!when |if |after )(.+?) (?:after|when|once|if|as soon as|whenever) (.+)"
)
_ELSE_IF = re.compile(r"(.+?) (?:,? ?)(?:or|but|otherwise)(?: ,)? if ([^,]+?) , (.+)")


_CHECK = r"(?:please )?(?:check|see|look|find out) (?:whether|if)"
_ASKING = re.compile(
    r"^(?:(?:please|can you|could you|would you|will you|just|kindly|go and|quickly) )+"
    r"(?=(?:check|see|look|find out) (?:whether|if) )"
)
"""Words of asking before "check whether"."""


def plainly_conditional(said: str) -> str:
    """Return "check whether COND; if not, MAIN" and "should X be Y, MAIN" with a plain "if"."""
    said = re.sub(r"\bexcept (?:when|if|where|while|for when|in case)\b", "unless", said)
    said = re.sub(r"(?: ,)?(?: but| only| just)? not (?:if|when|while|in case) ", " unless ", said)
    said = re.sub(r"\bin (?:the|any) (?:event|case) that\b", "if", said)
    said = _ALREADY.sub("", _IN_ANY_CASE.sub(" ", said)).strip(" ,")
    always = _ALWAYS_AFTER.fullmatch(said)
    if always is not None:
        return f"whenever {always[2]} , {always[1]}"
    other = _ELSE_IF.fullmatch(said)
    if other is not None and re.match(r"(?:in|on|into|onto|to|at|under) ", other[3]):
        return f"{other[1]} unless {other[2]} , otherwise {other[3]}"
    said = re.sub(rf"\b(?:no|not) later than (?={AMOUNT} )", "within ", said)
    said = re.sub(r"^(?:have|take) a look (?:at|in|into|on) [^,.;]+? ?[,.;] (?=if )", "", said)
    after = rf"(?={AMOUNT} (?:{UNIT}|steps?) (?:after|of)\b)"
    said = re.sub(rf"\b(?:at most|no more than|no longer than|less than) {after}", "within ", said)
    longer = re.fullmatch(
        rf"(?:if|when|{RULE}) ([^,]+?) (?:for )?(?:longer|more) than ({AMOUNT} {UNIT})"
        r"(?: ,)?(?: then)? (.+)",
        said,
    )
    if longer is not None:
        return f"whenever {longer[1]} , {longer[3]} within {longer[2]}"
    said = re.sub(r"^(?:once|when|as soon as) you have ", "after you have ", said)
    said = _ASKING.sub("", said)
    only = re.fullmatch(rf"(?:please )?only (?!{MARK})(.+?) (?:when|if|once|after) (.+)", said)
    if only is not None:
        return f"{only[1]} only if {only[2]}"
    checked = _checked_first(said)
    if checked is not None:
        return checked
    both = re.fullmatch(r"if (?!either )([^,]+?) and ([^,]+?) are (\w+) , (.+)", said)
    if both is not None:
        main = re.sub(r"\b(?:both|them)\b(?: of them)?", f"{both[1]} and {both[2]}", both[4])
        return f"if {both[1]} is {both[3]} and {both[2]} is {both[3]} , {main}"
    several = re.fullmatch(
        rf"at no (?:time|point) (?:should|may|must|shall|can) ({'|'.join(_FEWER)}) (.+?) be (.+)",
        said,
    )
    if several is not None:
        return f"never have more than {_FEWER[several[1]]} {several[2]} {several[3]}"
    ends = (
        rf"^(.+?) (?:may|can|should|must) (?:only )?be (\w+) for ({AMOUNT} {UNIT})"
        r" (?:at (?:the )?most|or less)$"
    )
    said = re.sub(ends, r"\1 must not be \2 for longer than \3", said)
    said = re.sub(r",? and only then\b", " , then", said)
    if IS_RULE.match(said):
        said = _AT_ONCE.sub("", said)
    inverted = re.fullmatch(r"should (.+?) be (.+?) , (.+)", said)
    return f"if {inverted[1]} is {inverted[2]} , {inverted[3]}" if inverted else said


def _checked_first(said: str) -> str | None:
    """Return "if COND, MAIN" for "check whether COND and if so MAIN"; None for other words."""
    asked = re.fullmatch(
        rf"{_CHECK} (.+?) and (.+?)"
        r" if (?:so|it is|they are|that is so|needed|necessary)",
        said,
    )
    if asked is not None:
        return f"if {asked[1]} , {asked[2]}"
    done = re.fullmatch(
        rf"{_CHECK} (.+?) and (?:then )?"
        rf"(?!the |my |our |it |they |is |are |if )([^,]* (?:it|them)\b(?!.*\b(?:if|{MARK})\b).*)",
        said,
    )
    if done is not None:
        return f"if {done[1]} , {done[2]}"
    checked = re.fullmatch(
        rf"{_CHECK} (.+?)(?: [,.;])?"
        r" (?:and )?(?:, )?if (so|not|yes|no|it is|it is not|that is so)(?: ,)? (.+)",
        said,
    )
    checked = checked or re.fullmatch(
        r"((?:is|are) .+?) [.;] (?:and )?(?:if )?(so|not|yes|no|it is|it is not|then)(?: ,)? (.+)",
        said,
    )
    if checked is not None:
        mark = "unless" if checked[2] in ("not", "no", "it is not") else "if"
        return f"{mark} {checked[1]} , {checked[3]}"
    return None


def denied_of(said: str) -> str:
    """Return the statement that words deny: "neither burner is on" denies "a burner is on"."""
    match = re.fullmatch(r"(?:it is )?not (?:(?:so|true|the case) that )?(.+)", said)
    if match is not None:
        return match[1]
    match = re.fullmatch(r"(?:neither|none) (?:of (?:the|both) )?(\w+?)s? (?:is|are) (.+)", said)
    match = match or re.fullmatch(r"no (\w+?)s? (?:is|are) (.+)", said)
    return f"a {match[1]} is {match[2]}" if match is not None else ""


def cuts_of(rest: str) -> Iterator[tuple[str, str]]:
    """Yield (condition, main) for each place where a condition may end; commas come first."""
    words = rest.split()
    places = [i for i, word in enumerate(words) if word in (",", "then") and i > 1]
    places += [i for i in range(2, len(words)) if i not in places and words[i] not in (",", "then")]
    for place in places[:_MOST_PIECES]:
        main = " ".join(words[place:]).strip(" ,")
        main = re.sub(r"^(?:then|please|you should|you must)\b ?(?:, )?", "", main)
        if main:
            yield " ".join(words[:place]).strip(" ,"), main
