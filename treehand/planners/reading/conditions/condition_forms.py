"""Forms of conditions and requirements in speech, with the forms that the reader cuts at."""

from __future__ import annotations

import re

from treehand.planners.reading.words.inflection import plural

_SEVERAL = "two|three|four|five|2|3|4|5"
_MARKS = "if|unless|when|while|once|whenever|as long as|provided|until"
_SOMEBODY = (
    r"(?:i|we|he|she|they|you|everyone|everybody|anyone|anybody|someone|somebody|nobody"
    r"|(?:the|my|our|your|his|her) (?:dog|cat|puppy|kids?|children|baby|guests?|visitors?|boss"
    r"|customers?|mother|mum|mom|father|dad|wife|husband|partner|parents|friends?|family|landlord"
    r"|neighbou?rs?|cleaner|others|boys|girls|clients?|team|people))"
)
_COMING = (
    r"(?:gets?|comes?|arrives?|returns?|wakes?|finish(?:es)?|leaves?|goe?s?|sees?|notices?|eats?"
    r"|starts?|sits?|turns? up|shows? up|(?:is|are|am) (?:back|home|here|up|done|in))\b"
)
_LYING = "lying|left|standing|sitting|hanging|knocking|kicking|scattered"
_BEING = r"(?P<be>\b(?:is|are|has|have)(?: not)?)"


def _many(found: re.Match[str]) -> str:
    """Return "the toys … one at a time" for "one toy at a time …"."""
    return f"the {plural(found['thing'])} {found['rest']} one at a time"


def _any_of(found: re.Match[str]) -> str:
    """Return "put all trash in the bin" for "if there is any trash lying around, put it …"."""
    whole = f"all {found['thing']}"
    main = re.sub(r"\b(?:it|them|that)\b", whole, found["main"], count=1)
    there = re.fullmatch(r"(?P<at>(?:straight |right |back )?(?:in|into|on|onto) .+) with .+", main)
    order = main if there is None else f"put {whole} {there['at']}"
    return f"{found['start']}{order}"


def _if_so(found: re.Match[str]) -> str:
    """Return "if it is open , close it" for "check if I left it open and close it if so"."""
    left = re.fullmatch(
        r"(?:i|we|you|somebody|someone) (?:have )?left (?P<thing>.+) (?P<state>\w+)", found["so"]
    )
    stated = f"{left['thing']} is {left['state']}" if left is not None else found["so"]
    return f"if {stated} , {found['main']}"


_IFS = rf"(?:{_MARKS}|in case|should)"
_DO_SO = (
    r"(?:do (?:it|so|that|them)|see to (?:it|that)|sort (?:it|that|them)(?: out)?|get it done"
    r"|make it so|make sure (?:it is|they are)|fix (?:it|that)|take care of (?:it|that))"
)
_ASKING = r"(?:please |just |then |simply |can you |could you |would you |go ahead and |do )*"
_CONTENT = (
    r"(?:i am|i will be|we are|i would be) (?:happy|fine|good|ok|okay|content|all right|glad|set)"
    r"|(?:i|we) do not (?:mind|care|worry)(?: about the rest)?|(?:that is|it is) (?:fine|enough|ok)"
)
_FORMS = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"^(?:please )?(?:have|take) a look (?=(?:if|whether)\b)", "check "),
        (rf"(?P<start>\b{_IFS} [^,.;]*? not)(?P<so> [^,.;]*?)?? yet\b", r"\g<start>\g<so>"),
        (
            rf"(?P<start>\b{_IFS} (?:[^,.;]+? )??)has(?P<no> not)? been (?=\w+(?:ed|en|ept|ung)\b)",
            r"\g<start>is\g<no> ",
        ),
        (
            rf"(?P<start>\b{_IFS} (?:[^,.;]+? )??)have(?P<no> not)? been (?=\w+(?:ed|en|ept"
            rf"|ung)\b)",
            r"\g<start>are\g<no> ",
        ),
        (
            r"^(?:if|in case|as long as) (?P<thing>[^,.;]+?) (?P<be>is|are) not (?P<state>\w+)"
            rf"(?: ,)? {_ASKING}{_DO_SO}(?: please)?$",
            r"make sure \g<thing> \g<be> \g<state>",
        ),
        (
            r"^should (?P<thing>[^,.;]+?) (?:happen to )?(?:still )?be (?P<state>\w+)(?: ,)? "
            rf"{_ASKING}(?P<main>(?!{_IFS}\b)\w+ (?:it|them)\b[^,.;]*|\w+ \w+ (?:it|them)"
            rf"|{_DO_SO})$",
            r"if \g<thing> is \g<state> , \g<main>",
        ),
        (
            r"^(?:as|so) long as (?P<thing>[^,.;]+?) (?P<be>is|are) (?P<state>[^,.;]+?)(?: ,)? "
            rf"(?:{_CONTENT})(?: ,| so| and| please)+ (?:make sure|see to it|see|ensure|check|be"
            rf" sure)"
            r"(?: that)? (?:it is|they are)$",
            r"make sure \g<thing> \g<be> \g<state>",
        ),
        (r"\bhappens to be\b", "is"),
        (
            r" [.;] (?:oh |ah |also )?(?:, )?(?:and|plus) (?P<thing>(?:the|my|our) "
            r"(?!.*\b(?:is|are|needs?|goes|wants?|should|must)\b)(?:\w+ ){0,2}?\w+)"
            r"(?: , (?:that|those) (?:one |ones )?(?:too|as well|also))?$",
            r" and \g<thing>",
        ),
        (
            rf"\b(?P<some>any \w+(?: \w+)?) (?:that (?:is|are) )?(?:still )?(?:{_LYING})"
            r"(?: (?:around|about|out|over))? (?=(?:in|on) )",
            r"\g<some> ",
        ),
        (
            r"(?P<start>^|[,.;] |and )if (?:you (?:see|find|spot|come across)|there (?:is|are)) "
            r"(?:still )?(?:any|some) (?P<thing>\w+(?: \w+)?)(?: (?:that (?:is|are) )?(?:still )?"
            rf"(?:{_LYING})(?: (?:around|about|out|there|everywhere|anywhere))?)(?: ,)? "
            r"(?P<main>(?:\w+ )*?(?:it|them|that)\b.*|(?:\w+ )+with (?:it|them|that))$",
            _any_of,
        ),
        (r"\bhappen to be\b", "are"),
        (
            r"\b(?P<be>is|are) (?:still )?(?:hissing|humming|whirring|buzzing|droning|blaring"
            r"|glowing|whining|rattling|blasting|going)(?: away| strong)?"
            r"(?= ,|$| (?:turn|switch|knock|cut|kill|shut|put|flick|turning) )",
            r"\g<be> on",
        ),
        (
            rf"(?: ,)? (?:by the time|before) {_SOMEBODY} (?:just |finally |even )?{_COMING}"
            r"(?! (?:on|off|out|open|to)\b)[^,.;]*(?=[,.;]|$)",
            "",
        ),
        (
            rf"^(?:by the time|before) {_SOMEBODY} (?:just |finally |even )?{_COMING}"
            r"(?! (?:on|off|out|open|to)\b)[^,.;]* , ",
            "",
        ),
        (
            r"(?P<start>\b(?:if|when|once|whenever|unless|until) (?:[^,.;]+? )??)"
            r"(?:looks|seems|appears|feels) (?:a bit |rather |quite |very |too )?"
            r"(?!like\b|as\b|to\b)",
            r"\g<start>is ",
        ),
        (r"\b(?:is|has) been (?:left )?(?=(?:on|off|open|closed|shut|running)\b)", "is "),
        (r"\bhave been (?:left )?(?=(?:on|off|open|closed|shut|running)\b)", "are "),
        (
            rf"(?P<start>\b(?:{_MARKS}) (?:[^,.;]+? )??){_BEING}"
            r" (?:actually|really|currently|definitely|by any chance|in fact)(?= )",
            r"\g<start>\g<be>",
        ),
        (
            r"^(?:please )?(?P<how>one (?:by one|at a time|after the other))(?: ,)? (?P<main>.+)",
            r"\g<main> , \g<how>",
        ),
        (r"\bone (?P<thing>(?!at\b|by\b)[a-z]+) at a time(?: only)? (?P<rest>[^,.;]+)", _many),
        (
            rf"(?<!than )(?<!most )(?<!to )\b(?P<number>{_SEVERAL}) at a time\b",
            r", no more than \g<number> at a time",
        ),
        (
            r"\b(?:nobody|no one) (?:may|must|should|can|shall|is(?: allowed)? to|gets? to) ",
            "do not ",
        ),
        (
            r"\b(?:never|do not)(?: ever)? (?:have|let|leave|keep|run) both "
            r"(?P<one>(?:the|my) [^,.;]+?) and (?P<other>(?:the|my) \w+(?: \w+)?) "
            r"(?P<state>on|off|open|closed|running)"
            r" (?:together|at once|at the same time|both)$",
            r"do not keep \g<one> \g<state> while \g<other> is \g<state>",
        ),
        (
            r"\bnothing (?:may|must|should|can|shall|is(?: allowed)? to) be (?:\w+ )?on ",
            "keep everything off ",
        ),
        (
            r"^if (?:anything|something)(?: here)? (?:is|looks|gets) (?:still )?(?P<state>\w+)"
            r"(?: ,)?(?: then)? (?P<verb>\w+) (?:it|them|that)(?P<after> \w+)?$",
            r"\g<verb> everything that is \g<state>\g<after>",
        ),
        (
            r"^(?:(?:can|could|would|will) you |please |just )*(?:check|see|look) (?:if|whether) "
            r"(?P<so>[^,.;]+?)(?: ,)? and (?:then )?(?P<main>[^,.;]+ (?:it|them)\b[^,.;]*?)"
            r"(?: ,)? if (?:so|i did|i have|we did|it is|they are|it was|it did|that is so)$",
            _if_so,
        ),
        (r"^(?:please )?at all times(?: ,)? (?P<main>(?:keep|leave) .+)", r"\g<main>"),
        (r"^(?P<main>(?:please )?(?:keep|leave) [^,.;]+?)(?: ,)? at all times$", r"\g<main>"),
        (r"\bmind(?: that)? (?=(?:the|my|our|it) .*\bnot\b)", "make sure "),
        (r"\bavoid (?=(?:the|my|our|that|this) )", "do not go near "),
        (
            r"^(?P<main>[^,;.]+?)(?: ,)? (?:when|once|after|as soon as) (?P<done>you have "
            r"(?!(?:to|a|the|got|any|time)\b)\w+ [^,.;]+)$",
            r"after \g<done> , \g<main>",
        ),
    )
)


def in_plain_form(said: str) -> str:
    """Return a text with its conditions in the form that the reader cuts at.

    Args:
        said: The text, folded.
    """
    for pattern, instead in _FORMS:
        said = pattern.sub(instead, said)
    return said
