"""Lines about the dialogue itself: follow-ups, corrections, questions about the robot's doings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache

from treehand.planners.reading.acts.preamble import without_preamble
from treehand.planners.reading.words.tokens import marked_tokens


class MoveKind(Enum):
    """A kind of line that refers to what was said or done before, or to the robot itself."""

    HELP = auto()
    """"help", "what can you do?"."""
    UNDO = auto()
    """"undo that": back to the state before the last run."""
    PUT_BACK = auto()
    """"put it back": a thing back to its place before the last run."""
    AGAIN = auto()
    """"do that again"."""
    PROPOSE_AGAIN = auto()
    """"ask me again": the plan that was turned down."""
    SAME_WITH = auto()
    """"same with the apple": the last request for another thing."""
    SWAP = auto()
    """"swap them": each of two things to the place of the other."""
    CORRECTION = auto()
    """"no, the other one", "not there, in the cupboard"."""
    WHY = auto()
    DURATION = auto()
    """"how long will it take?"."""
    PRESENT = auto()
    """"what are you doing?"."""
    NEXT = auto()
    """"what are you going to do?"."""
    SAFETY = auto()
    """"is it safe?"."""
    RULES = auto()
    """"what are you not allowed to do?"."""
    ORIGIN = auto()
    """"where did you get it from?": the place before it was moved."""

    @property
    def is_question(self) -> bool:
        """Return True for the kinds that are answered and change nothing."""
        return self in _QUESTIONS


_QUESTIONS = frozenset(
    {MoveKind.HELP, MoveKind.WHY, MoveKind.DURATION, MoveKind.PRESENT, MoveKind.NEXT}
    | {MoveKind.SAFETY, MoveKind.ORIGIN, MoveKind.RULES}
)


@dataclass(frozen=True)
class Move:
    """A line about the dialogue, with its kind."""

    kind: MoveKind
    rest: str = ""
    """The thing, place or goal that it names; empty if it names none."""


_PARTS = {
    "IT": "(that|it|this|them|those|these|everything|all( of (it|that|this))?)",
    "TO": "(with|for|to|on|goes for|applies to|by)",
    "YOU": "(you|we|it|the robot|he|she)",
    "OUT": "( back)?( out| off| down)?",
    "WHERE": "( (where|to where) <WAS>.*| (where|to where) you (got|found|took|had) .*)",
    "WAS": "(it|they|that|this|things|everything) (was|were|had been|came from|stood|lay|belonged)",
    "LAST": "(the )?(last|previous|same)( (thing|one|goal|task|job|order|step|run|plan))?",
    "LONG": "(long|much time|many (seconds|minutes)|soon|much longer|quickly|fast)",
    "DOING": "(doing|up to|working on|busy with|at)",
    "NOW": "( right)?( now| there| here| at the moment| next| then| first| after( that| this)?)?",
    "ABOUT": "( here| for me| for us| to you| about)?",
    "UNDOING": "(undo|revert|reverse|roll back|take back|cancel out)",
    "PUT": "(put|bring|move|take|set|place|get|carry|return|give|lay|drop|leave)",
    "TRY": "(do|try|run|make|perform|carry out|go)",
    "ONCE_MORE": "(again|once more|one more time|another time|over again|a second time)",
    "SAME": "(same|likewise|ditto|that|it)( thing| again)?",
    "TOO": "( too| as well| again| also)?",
    "DO": "(do|doing|did|done|ask|asking|want|need|need to do|have to do)",
    "WILL": "(will|would|does|is|do|are|until|till|to|left|more|remains?|before)",
    "GOING": "(going|about|planning|want|intending)?",
    "PLAN": "(it|this|that|the plan|your plan|you)",
    "QUITE": "( all| completely| really| quite)?",
    "MANY": "(many (steps|actions|moves|things will|things do)|much time)",
    "THE": "(the|your|our|this)",
    "ETA": "(eta|(time|duration|estimate|remaining time|time estimate)( left| remaining| now)*)",
    "RISKY": "(safe|unsafe|dangerous|risky|harmless|a risk|all right|alright|ok|okay|wise)",
    "IF": "(if|when) (i|you|we|one|somebody|someone|the robot)( were to| would| should)?",
    "SURE": "(sure|certain|confident|positive|final|permanent|reversible|irreversible|definitive)",
    "THING": "( it| that| them| anything| something| apart| down| for sure)?",
    "FROM": "( up)?( from)?( before| then| first)?",
    "FOR": "( to (do|run|say yes).*| for (me|us|people|everybody|everyone))?",
}
"""Parts that several patterns share, or that would make a line too long."""
_PATTERNS = r"""
HELP help( me)?|(show|give)( me)?( the| some)? help|i need help|usage
HELP what (can|could|do|are) (you|i|we) (able to |know how to |know to )?(do|say|order)<ABOUT>
HELP what is it (that )?(you|i|we) can (do|say|ask)<ABOUT>
HELP what (can|could|do) (you|i|we) (ask|tell you|ask you|ask for|understand)<ABOUT>
HELP what (are|is) (your|the) (skills|abilities|commands?|capabilities)
HELP (which|what) (commands|things|orders|skills) .*(can|could|have|know).*
HELP how (do|can|should) i (use|talk to|command|tell|ask) (you|this|it).*
HELP (what|who) are you|what is your (name|job|purpose)|what (can|could) (not you|you not) do.*
HELP what (are you|do you) (for|good (at|for)|capable of)
UNDO <UNDOING>( (<IT>|what you (just )?did|(the|your) last .*|the change.*))?( again)?
UNDO (take|roll|turn|change) <IT> back
UNDO (put|make|set|leave|restore) <IT>( back)? (how|as|the way|like) <WAS>.*
UNDO (put|set|leave) (everything|all|all of (it|them|that))( back)? where <WAS>.*
UNDO (go|change) back( to)? (how|the way|where|what) .*
UNDO (never mind )?(go |change |put (it|them|everything) )?back to (how|the way|where) .*
UNDO (undo|revert|reverse) (the|your|my) .+
UNDO restore (it|that|everything|the (old|previous|former) state)
SWAP (swap|switch|exchange|turn) (them|the two|those|these|both|the places)( around| over| round)?
SWAP (do it )?(exactly )?(the )?(other way|way) (round|around)|vice versa|(do )?the reverse
PUT_BACK <PUT> (?P<rest>.+?) back( again)?( (where|how|to where|in its|to its|on its|there)\b.*)?
PUT_BACK (put|bring|move|take|set) back (?P<rest>.+)
PUT_BACK back( again)?( (there|to (its|the same) place|where <WAS>.*))?
PUT_BACK (put|return|bring) (?P<rest>.+?)( down)?( again)? (where|to where) <WAS>.*
PUT_BACK <PUT> (?P<rest>.+?)( down)?( again)? (where|to where) you (got|found|took|had) .*
PUT_BACK (take|get|fetch|pull) (?P<rest>.+?)<OUT> and <PUT> (it|them)( back)?<WHERE>
AGAIN (<TRY> )?((<IT>|<LAST>|the same( thing)?) )?<ONCE_MORE>
PROPOSE_AGAIN (ask|show|propose|suggest|tell)( me)?( it| that| the plan)? again
AGAIN (repeat|redo|retry)( (<IT>|<LAST>|what you (just )?did))?
AGAIN (the )?same( thing)? again|do the same( thing)?( again)?|again
SAME_WITH (do |make |repeat )?((the|exactly the) )?<SAME>( too)? <TO> (?P<rest>.+?)<TOO>
SAME_WITH (repeat|redo)( (it|that|this))? (with|for|on) (?P<rest>.+)
SAME_WITH (the )?(?P<rest>.+?) (likewise|the same way|the same|ditto)
SAME_WITH (now|next|and|and now|then) (?P<rest>(the|my|a|all|both) .+)
WHY why( (not|so|that|this|is that|is this|that one|do you ask))?|how come
WHY what (does|do|did) (that|this|it|you) mean( by (that|this|it))?|explain( that| this| yourself)?
WHY why ((in )?(this|that|such an) (order|way)|(that|this|it|the .+) first|like (that|this))
WHY why (is|was) (it|that|this) (not )?(refused|impossible|infeasible|possible|so)
WHY why (can|could|will|would|did|do|are) (not )?you (not )?(do|refuse|refusing|say no)( <IT>)?
WHY what (for|is the reason)|for what reason|what is the reason for (that|this)
WHY why (are|were|do|did|would|will|must|should|have) <YOU> (to )?<DO> ?(that|this|it|so)?
DURATION how long (would|will|does|do) (?P<rest>[a-z]+ing .+?) take
DURATION (about |roughly )?how <LONG> <WILL>\b(?P<rest>.*)
DURATION (what is |what |how about )?(the |your )?<ETA>
DURATION how <MANY>\b(?! (did|was|were|have)\b).*
DURATION how (long|much longer|soon)( now| then)?
DURATION how (much time|long|many (seconds|minutes)) (it|that|this|you) (needs?|takes?|lasts?)
DURATION when (will|are|is|do) .*\b(done|ready|finish|finished|over|complete).*
DURATION (are you )?(done|finished|ready)( yet| soon| already)?
DURATION (is it|will it take|does it take|will that take) (long|a long time|soon done)
NEXT what (are|is|will|would|do|shall) <YOU> <GOING> ?(to )?(do|happen|happening)<NOW>
NEXT what (is|are|comes|happens|will happen) (your plan|the plan|next|then|now|after that)
NEXT what is going to happen<NOW>
NEXT what (is|will be) (the|your) (first|next|second|last) (thing|step|move)( that)?( you .*)?
NEXT (and )?(after|before) (that|this)
NEXT (what is |tell me |show me |explain )(your|the) (plan|next step|steps)
NEXT (and )?(then what|what then|what next|what now|what after that)
NEXT how( so| exactly| then)?|what is <THE> plan<NOW>|in what order
NEXT which (one|ones)( (would|will|is|are) (that|it|this|those|they)( be)?| will you (take|use))?
NEXT how (will|would|are|do) you (going to |want to |plan to )?do (it|that|this)
PRESENT what (are|is|were) <YOU> <DOING><NOW>
PRESENT what is (going on|happening|up|the matter|the status|your status)( now)?
PRESENT (are|is) (you|it|anything|something) (busy|running|working|moving|idle|stuck)
PRESENT status|progress|where are you|how far are you|how is it going|what is your status
PRESENT (are )?you (awake|ready|listening|up|alive|ok|okay|all right|on|with me)
PRESENT well|are you (still )?there|are you waiting( for .*)?|what are you waiting for
PRESENT how far (are you|along are you|is it|did you get)
SAFETY (is|are|will|would) <PLAN>( be)?<QUITE> (safe|dangerous|risky|harmless|secure)<FOR>
SAFETY (can|could|will|may|might) (anything|something|<PLAN>) (go wrong|break|hurt .*).*
SAFETY (can|could) (anything|something|<PLAN>) be (undone|dangerous)
SAFETY (are|is) (you|it|that|this|the plan)<QUITE> <SURE>( about (it|that|this))?
SAFETY (will|could|might|may) <PLAN> (drop|break|fail|spill|fall|slip|work|crash)<THING>
SAFETY how (safe|risky|dangerous|likely|reliable|sure|certain) (is|are|would) <PLAN>( be)?
SAFETY can (it|that|this) be (reversed|taken back|reverted)|can (it|that|this) go wrong
SAFETY what if (it|that|something|anything) (breaks|fails|falls|goes wrong|drops|slips).*
SAFETY how (sure|certain|confident) are you.*|(will|does|would) (it|that|this) work
SAFETY what (can|could|might|may) (go wrong|happen|break)
ORIGIN where did (you|it|that|they) (get|take|find|pick|come|bring)( up)?( (?P<rest>.+?))?<FROM>
ORIGIN where (was|were) (?P<rest>.+?) (before|first|originally|earlier|at first)
SAFETY (is|would|will) it( be)? <RISKY>( here| now| for (you|me|us))* (to|<IF>) (?P<rest>.+)
SAFETY (is|would) it( be)? <RISKY> for (you|me|us|the robot) to (?P<rest>.+)
SAFETY why can not (you|we|the robot) (?P<rest>.+)
SAFETY (can|could|may|should|shall) (you|i|we|one|the robot) (safely|safe) (?P<rest>.+)
SAFETY (can|could|may|should|shall) (you|i|we|one|the robot) (?P<rest>.+) safely
SAFETY what (would|will|could|might|happens?|may)( happen)? <IF> (?P<rest>.+)
SAFETY what <IF> (?P<rest>(?!anything|something|that|it\b).+)
SAFETY (is|would|does|will|could|can) (anything|something)( bad)?( be)? .*<IF> (?P<rest>.+)
SAFETY (is|would) (?P<rest>\w+ing .+?) (be )?<RISKY>( here| now| for (you|me|us))*
SAFETY (what are the|are there( any)?|any) (risks|dangers|hazards)( (in|of|with) <PLAN>)?
"""
"""Kinds, each with a regular expression over the words of a whole line."""
_LEAD = "((please|can|could|would|will|you|just|now|then|and|so|ok|okay|well|hey|robot|kindly) )*"
_ENDS = re.compile(
    r"( (please|now|then|robot|thanks|thank you|for me|if you can|instead|after all|though"
    r"|rather|only|yes|yeah))+$"
)
_SECOND_THOUGHT = re.compile(
    r"^((on second thoughts?|come to think of it|thinking about it|you know what|changed my mind"
    r"|i changed my mind)( ,)? )+"
)
_NO = re.compile(
    r"((no|nope|nah|wait|sorry|oops|wrong|hmm|oh|actually|rather|instead|stop|but|and|please)( |$)"
    r"|(neither|none)( of (them|those|these))?( |$)"
    r"|(scrap|scratch|drop|cancel|forget) (that|it|this)( |$)"
    r"|((that|this|it) )?(is|was) (not (it|that|right|correct|good|what i (want|wanted|meant|said))"
    r"|wrong|incorrect)( |$)|(hold|hang) (on|it)( |$)|not (quite|correct|right|really)( |$))+$"
)
_IT_AT = re.compile(r"^(it|that|them) (?=(in|into|on|onto|to|at|under|beside) )")
_THERE = re.compile(r"(?<=\w) (in |on |over |up )?there$")
_BOTH_OF = re.compile(
    r"(take|put|have|do|bring|move|wash|use) (both|the two|them both)( of (them|those|these))?"
    r"( in| on| there| in there| on there| away)?"
)
_ADDED = re.compile(r" (too|also|as well)( please)?$")
_DENIED = re.compile(
    r"(no )?not (there|here|that|this|it|so|those|these|him|her|like that|that way|in there"
    r"|on there|(all|both|everything|every one|each)( (of )?(them|those|these|it))?"
    r"|(that|this|the|on|in|into|onto|to|at|under|with) .+)$"
    r"|(the )?wrong (one|place|thing|side|spot|way|.+)$"
)
_MEANT = re.compile(
    r"((no|sorry|oops|wait|but|and|actually|oh|hmm|rather) )*"
    r"(i (said|asked for|told you) .{1,20}? but (i )?(mean|meant|want|wanted|should have said)"
    r"|i (mean|meant|said|say|asked for|wanted|was thinking of|want( to)? say|wanted to say"
    r"|prefer"
    r"|would rather( have)?|would prefer)|make (it|that)|take|use|rather|better|prefer)"
    r" (?P<rest>.+)$"
)
_REFERS = re.compile(
    r"((only|just) )?(the|an|any) ?(other|another)( (one|ones|.+))?$|another( one)?$"
    r"|(a|some) (different|new) (one|ones)$"
    r"|((only|just) )?(the|that|this|those|these) (.+ )?ones?( .+)?$|both( .+)?$|either( .+)?$"
    r"|all( two| three| four| five)?( of (them|those|these))?$|any( one| of them)?( .+)?$"
)
_PLACED = re.compile(
    r"(in|into|inside|on|onto|to|at|beside|next to|under|from|up|over)"
    r" (the|my|a|an|it|that|there|here)\b.*$"
)


@cache
def _patterns() -> tuple[tuple[MoveKind, re.Pattern[str]], ...]:
    """Return the patterns with their parts filled in."""
    found: list[tuple[MoveKind, re.Pattern[str]]] = []
    for line in _PATTERNS.strip().splitlines():
        kind, _, pattern = line.partition(" ")
        for name, part in _PARTS.items():
            pattern = pattern.replace(f"<{name}>", part)
        found.append((MoveKind[kind], re.compile(f"{_LEAD}({pattern})")))
    return tuple(found)


def move_of(text: str) -> Move | None:
    """Return the move that a line makes; None for a line that stands for itself.

    Args:
        text: The person's words.
    """
    words = [token if token.isalnum() or "_" in token else "," for token in marked_tokens(text)]
    if len(words) > _MOST_WORDS or not any(word != "," for word in words):
        return None
    said_plainly = [word for word in words if word != "please"] or words
    for said in (words, said_plainly, without_preamble(said_plainly)):
        plain = _ENDS.sub("", " ".join(word for word in said if word != ","))
        for kind, pattern in _patterns():
            found = pattern.fullmatch(plain)
            if found is not None:
                return Move(kind, (found.groupdict().get("rest") or "").strip())
    is_asked = text.rstrip().endswith("?") and words[0] == "any"  # "any danger in that?"
    correction = None if is_asked else _correction(words)
    return Move(MoveKind.CORRECTION, correction) if correction is not None else None


_MOST_WORDS = 24
"""Most words of a line about the dialogue."""


def _correction(words: list[str]) -> str | None:
    """Return the words meant instead: "in the cupboard" of "not there, in the cupboard"."""
    parts = [part.strip() for part in _SECOND_THOUGHT.sub("", " ".join(words)).split(",")]
    parts = [part for part in parts if part]
    is_denied = False
    while len(parts) > 1 and (_NO.fullmatch(parts[0]) or _DENIED.fullmatch(parts[0])):
        is_denied = True
        del parts[0]
    rest = re.sub(r"^back (?=(?:in|into|on|onto|to|at)\b)", "", " ".join(parts))
    for lead in ("no ", "nope ", "neither ", "not there ", "not here ", "not that one ", "but "):
        if rest.startswith(lead) and len(parts) == 1:
            bare = rest.removeprefix(lead)
            if _REFERS.fullmatch(bare) or _PLACED.fullmatch(bare):
                is_denied, rest = True, bare
    if not is_denied and _ADDED.search(rest):
        return None  # "the second one too"
    if _BOTH_OF.fullmatch(_ENDS.sub("", rest)):
        return "both"
    meant = _MEANT.fullmatch(rest)
    if meant is not None:
        return _THERE.sub("", _IT_AT.sub("", meant["rest"]))
    bare = _ENDS.sub("", rest)
    if _REFERS.fullmatch(bare) or _PLACED.fullmatch(bare):
        return bare
    starts = bare.startswith(("the ", "my ", "all ", "only ", "just ", "a "))
    return bare if is_denied and (starts or len(bare.split()) <= 2) else None
