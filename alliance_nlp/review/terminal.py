"""Make the review in a terminal: one suggestion at a time, one key per answer."""

import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from alliance_nlp.codebook import Code, folded
from alliance_nlp.errors import ModelError
from alliance_nlp.export.tables import clock
from alliance_nlp.review.keyboards import Keyboard, Lines, SingleKeys
from alliance_nlp.review.session import Given, Kind, Question, Session
from alliance_nlp.segments import Segment
from alliance_nlp.suggestions import Order, match_of
from alliance_nlp.wording import count, likelihood, percent

RENEW_AFTER = 20
_LIKELY = 0.5  # the least probability that `likelihood` calls so

_KEYS = {
    "y": "yes",
    "n": "no",
    "s": "skip",
    "o": "own code",
    "r": "no more codes",
    "d": "describe",
    "u": "undo",
    "q": "stop",
}
_KEY_OF = {word: key for key, word in _KEYS.items()}
_DID = {
    "accepted": "yes",
    "rejected": "no",
    "own": "a code of your own",
    "skipped": "skipped",
    "done": "no more codes here",
}
_COUNTED: dict[Kind, str] = {
    "accepted": "yes",
    "rejected": "no",
    "own": "of your own",
    "done": "no more codes",
}
_CHOSEN = {
    "own": "Your own code: {name}",
    "accepted": "Yes: {name}",
    None: "You have accepted {name} here already.",
}
_READING: dict[Order, str] = {
    "document": "in the order of the interviews",
    "likely": "the segments with the surest first, which finds most in the shortest time",
    "informative": "those first that stand for most others, which teaches most",
}
_OF_ALL = " of the whole codebook"
_FINISHED = "No more codes here: those that you did not accept are absent."
_ELSEWHERE = "Nothing stored: this was answered, or its code taken out, in another window."
_SIGNS = (">>", "<<")  # in no language a quotation
_MOST_MATCHES = 9  # codes that can be chosen with one digit


def ask(session: Session, console: Console | None = None, keyboard: Keyboard | None = None) -> None:
    """Ask until nothing is left, or the coder stops; then say what was done."""
    console = console or Console(highlight=False, markup=False, emoji=False)
    if keyboard is None:
        keyboard = SingleKeys() if sys.stdin.isatty() else Lines(sys.stdin)
    _Review(session, console, keyboard).run()


def in_words(probability: float) -> str:
    """Write a probability in words and as a number.

    >>> in_words(0.62)
    'likely (62%)'
    """
    return f"{likelihood(probability)} ({percent(probability)})"


class _Review:
    def __init__(self, session: Session, console: Console, keyboard: Keyboard) -> None:
        self._session = session
        self._console = console
        self._keyboard = keyboard
        self._has_styles = console.color_system is not None
        self._renewed_at = 0
        self._can_renew = True

    def run(self) -> None:
        self._introduce()
        if self._session.code is None:
            self._renew_if_due()  # with what this coder taught in earlier sittings
        else:
            self._renewed_at = self._session.n_answered  # the session has done it
        try:
            while self._go_on():
                self._renew_if_due()
        except EOFError:
            pass  # the end of a script, or Ctrl-D: what was answered is stored
        self._sum_up()

    def _introduce(self) -> None:
        session = self._session
        n_asked, n_likely = session.count_open(session.at_least), session.count_open(_LIKELY)
        told = [
            f"{count(n_asked, 'suggestion')}{self._of_those_asked()} in "
            f"{len(session.segments):,} segments, {n_likely:,} likely ({percent(_LIKELY)} or "
            f"more), {_READING[session.order]}.",
            "Every answer is stored at once.",
            f"Press r when no more codes{_OF_ALL * (session.code is not None)} fit a segment.",
        ]
        if n_below := session.n_open - n_asked:
            least = percent(session.at_least)
            told.insert(1, f"{n_below:,} below {least} are left out; --at-least 0 asks about all.")
        if not self._has_styles:
            told.append(f"What carries a suggestion: {'this'.join(_SIGNS)}.")
        self._console.print(Text(" ".join(told), style="dim"))

    def _of_those_asked(self) -> str:
        least, code = self._session.at_least, self._session.code
        of_code = f" of {code.name}" if code is not None else ""
        return f"{of_code} of {percent(least)} or more" if least else of_code

    def _go_on(self) -> bool:
        """Ask the next question; return whether the coder goes on."""
        question = self._session.question()
        if question is not None:
            self._show(question)
            return self._answer(question)
        self._say(f"That was the last suggestion{self._of_those_asked()}.")
        if not self._session.can_undo:
            return False
        self._show_keys("uq")
        while (key := self._key()) not in ("u", "q"):
            self._say("Press u or q.")
        if key == "u":
            self._undo()
        return key == "u"

    def _show(self, question: Question) -> None:
        session, segment = self._session, question.segment
        width = self._console.width
        begins = session.transcripts[segment.transcript_id].seconds(segment.start, segment.end)[0]
        number = f"{question.place}/{question.places}"
        place = [number, segment.transcript_id, segment.speaker, clock(begins)]
        self._console.print()
        self._console.rule(
            Text(" · ".join(filter(None, place)), style="bold"), align="left", style="dim"
        )
        if segment.context:
            context = _tail(segment.context, 2 * width - len("Before: ") - 4)
            self._console.print(Text(f"Before: {context}", style="dim italic"))
        carried = _underlined(question) if self._has_styles else _between_signs(question)
        self._console.print(Padding(carried, (1, 2)))
        self._console.print(_proposal(question))
        if question.code.definition:
            self._console.print(Padding(question.code.definition, (0, 2)))
        for label, text in _reasons(question, session.by_id):
            line = Text.assemble((f"{label}: ", "dim"), text)
            line.truncate(2 * width - 8, overflow="ellipsis")
            self._console.print(Padding(line, (0, 2)))
        self._show_keys()

    def _show_keys(self, keys: Iterable[str] = _KEYS) -> None:
        words = [
            Text.assemble((key, "bold"), (f" {_KEYS[key]}", "dim"))
            for key in keys
            if key != "u" or self._session.can_undo
        ]
        self._console.print(Text("\n").append_text(Text("  ").join(words)))

    def _answer(self, question: Question) -> bool:
        """Do what the next key says; return whether to go on."""
        while True:
            key = self._key()
            if key == "d":
                self._describe(question.code)
                self._show_keys()
            elif key in _KEYS:
                self._do(key, question)
                return key != "q"
            else:
                no_answer = f"{key!r} is no answer. " if key and key.isprintable() else ""
                self._say(f"{no_answer}Press one of {', '.join(_KEYS)}.")

    def _key(self) -> str:
        """Return the next key; a word beside a key stands for it."""
        typed = unicodedata.normalize("NFKC", self._keyboard.key()).casefold()
        return _KEY_OF.get(typed, typed)

    def _do(self, key: str, question: Question) -> None:
        match key:
            case "y":
                stored = self._session.answer(question, "accept")
                self._say(f"Yes: {question.code.name}" if stored else _ELSEWHERE)
            case "n":
                stored = self._session.answer(question, "reject")
                self._say(f"No: {question.code.name}" if stored else _ELSEWHERE)
            case "s":
                self._session.skip(question)
                self._say("Skipped: it is asked again in your next review.")
            case "o":
                self._add_own(question)
            case "r":
                stored = self._session.finish(question.segment)
                self._say(_FINISHED if stored else _ELSEWHERE)
            case "u":
                self._undo()

    def _add_own(self, question: Question) -> None:
        matches: Sequence[Code] = ()
        while True:
            hint = "Number, or part of a name" if matches else "Part of the code's name"
            self._console.print(f"{hint} (Esc, or Enter alone, goes back): ", end="")
            typed = self._keyboard.line()
            if not typed:
                return
            if len(typed) == 1 and typed.isdecimal() and 1 <= int(typed) <= len(matches):
                matches = [matches[int(typed) - 1]]
            else:
                matches = _codes_named(typed, self._session.codebook)
            if len(matches) == 1:
                kind = self._session.add(question, matches[0])
                self._say(_CHOSEN[kind].format(name=matches[0].name))
                return
            self._list(matches, typed)

    def _list(self, matches: Sequence[Code], typed: str) -> None:
        if not matches:
            self._say(f"No code has {typed!r} in its name.")
        for number, code in enumerate(matches, start=1):
            self._console.print(f"  {number} {code.name}")

    def _describe(self, code: Code) -> None:
        parts = [
            ("Use it when", code.include),
            ("Not when", code.exclude),
            *(("Example", example) for example in code.examples),
            ("From", code.source),
        ]
        written = [(label, text) for label, text in parts if text]
        for label, text in written or [("", "The codebook says nothing more about this code.")]:
            line = Text.assemble((f"{label}: " if label else "", "bold"), text)
            self._console.print(Padding(line, (0, 2)))

    def _undo(self) -> None:
        earlier = "" if self._session.given else ", from an earlier review"
        undone = self._session.undo()
        if undone is None:
            self._say("There is nothing to undo.")
            return
        # What is answered from here on counts as new.
        self._renewed_at = min(self._renewed_at, self._session.n_answered)
        self._say(f"Taken back{earlier}: {_said(undone, self._session)}")

    def _renew_if_due(self) -> None:
        n_answers = self._session.n_answered
        if not self._can_renew or n_answers - self._renewed_at < RENEW_AFTER:
            return
        self._renewed_at = n_answers
        self._console.print(
            Text("Learning from the answers; keys pressed now do not count …", style="dim")
        )
        try:
            self._session.renew()
        except ModelError as error:
            self._can_renew = False
            self._say(f"{n_answers} answers; the suggestions stay as they are ({error}).")
        else:
            self._say(f"{n_answers} answers: suggestions renewed with what they teach.")
        self._keyboard.forget()  # or it would answer a question that was not there yet

    def _sum_up(self) -> None:
        counts = Counter(given.kind for given in self._session.given)
        told = [f"{counts[kind]} {words}" for kind, words in _COUNTED.items() if counts[kind]]
        self._console.print()
        self._console.rule(style="dim")
        self._console.print(f"Stored for {self._session.coder}: {', '.join(told) or 'nothing'}.")
        least, n_open = self._session.at_least, self._session.n_open
        n_below = n_open - self._session.count_open(least)
        below = f", {n_below:,} of them below {percent(least)}" if n_below else ""
        self._console.print(f"Suggestions that you have not answered: {n_open:,}{below}.")

    def _say(self, sentence: str) -> None:
        self._console.print(Text(sentence, style="green"))


def _tail(text: str, n_cells: int) -> str:
    """Return the end of what was said before, where the question is."""
    if cell_len(text) <= n_cells:
        return text
    text = text[-n_cells:]
    while cell_len(text) > n_cells - 2:
        text = text[1:]
    return f"… {text}"


def _underlined(question: Question) -> Text:
    text = Text(question.segment.text)
    for start, end in _carrying(question):
        text.stylize("bold underline", start, end)
    return text


def _between_signs(question: Question) -> Text:
    """Mark what carries the suggestion where nothing can be underlined, as in a pipe."""
    text, (before, after) = question.segment.text, _SIGNS
    for start, end in sorted(_carrying(question), reverse=True):
        text = f"{text[:start]}{before}{text[start:end]}{after}{text[end:]}"
    return Text(text)


def _carrying(question: Question) -> list[tuple[int, int]]:
    """Return what carries the suggestion, as places in the segment, unless it is all of it."""
    segment = question.segment
    return [
        (start - segment.start, end - segment.start)
        for start, end in question.suggestion.rationale
        if (start, end) != (segment.start, segment.end)
    ]


def _proposal(question: Question) -> Text:
    return Text.assemble(
        (f"{question.code.name}?", "bold cyan"),
        f"  {in_words(question.suggestion.probability)}",
        (f", {question.rank} of {question.ranks} here", "dim"),
    )


def _reasons(question: Question, segments: dict[str, Segment]) -> list[tuple[str, str]]:
    suggestion, code = question.suggestion, question.code
    label, matched = match_of(suggestion)
    reasons = []
    if matched and matched not in (code.definition, code.name):
        reasons.append((label, matched))
    if suggestion.polarity == "negated":
        reasons.append(("Mind", "the sentence may say that this was absent."))
    for label, segment_id in (
        ("Accepted before", suggestion.accepted_id),
        ("Rejected before", suggestion.rejected_id),
    ):
        if segment_id in segments:
            reasons.append((label, f"“{segments[segment_id].text}”"))
    return reasons


def _codes_named(typed: str, codebook: Sequence[Code]) -> list[Code]:
    """Find codes by part of a name in any language; the whole name is enough for one."""
    wanted = folded(typed)
    names = [(code, [folded(version.name) for version in code.versions]) for code in codebook]
    exact = [code for code, named in names if wanted in named]
    found = [code for code, named in names if any(wanted in name for name in named)]
    return exact[:1] or found[:_MOST_MATCHES]


def _said(given: Given, session: Session) -> str:
    code = f": {session.codebook.by_id(given.code_id).name}" if given.code_id else ""
    return f"{_DID[given.kind]}{code}"
