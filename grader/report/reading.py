"""What a person reads of a verdict, and in which order: made here once, as lines, and drawn elsewhere.

Trusted side. ``report.console`` draws the lines with colours, on terminals and in feedback files, and
``course.explain`` draws them as plain text, in notebooks. First comes what to mend first, in full; the other
failures get a line each; what could not be reached is one line, and what passed is a count.

Words of a submission are always indented and hold no control characters, so they can't look like ours.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.verdict import LEFT_OUT, NOT_WRITTEN, UNTOUCHED, Diagnosis, Status, TestResult, Verdict, title_of
from grader.words import listed, printable

Tone = Literal["", "bold", "dim", "hint", "wrong"]
MARKS: dict[Status, str] = {
    "passed": "✓",
    "failed": "✗",
    "timeout": "✗",
    "crashed": "✗",
    "not_reached": "·",
    "skipped": "·",
}
_FAILING = ("failed", "timeout", "crashed")
_NOTHING_RAN = ("nothing-to-run", "does-not-load")  # diagnoses that stand for the whole submission
_HOW = {"timeout": "Stopped. ", "crashed": "Crashed. "}
_UNBROKEN = "\0"  # stands for a blank at which a line is not to be broken
_PLACE = re.compile(r" \((?P<line>[^()]+, line \d+)(?:, in (?P<function>[\w.<>]+))?\)$")
_NAME = re.compile(r"[\w.]+(?=: )")


@dataclass(frozen=True)
class Line:
    """One line for people, which may be drawn as several: with a mark before it, or indented.

    ``end`` is drawn after the text, and never broken.
    """

    text: str
    tone: Tone = ""
    mark: str = ""
    indent: int = 0
    end: str = ""


@dataclass(frozen=True)
class Failure:
    """What is to be mended: a test that did not pass, on one or several devices.

    Tests that all met the same unwritten function are one failure, too. ``where`` is ``, on cuda`` and the
    like, or empty where there is nothing to tell apart.
    """

    tests: tuple[TestResult, ...]
    where: str = ""

    @property
    def first(self) -> TestResult:
        """The test that is told of."""
        return self.tests[0]

    @property
    def lost(self) -> float:
        """The points that it costs."""
        return sum(test.max_points - test.points for test in self.tests)

    @property
    def task(self) -> str:
        """What is not written yet, in the stub's words; empty for what is written, and wrong."""
        return self.first.message.removeprefix(NOT_WRITTEN) if _is_unwritten(self.first) else ""

    def belongs_to(self, part: str) -> bool:
        """Whether it is about a class or function of the exercise; everything belongs to the empty part."""
        return not part or any(
            test.part == part if test.part else test.title.startswith((f"{part}:", f"{part} "))
            for test in self.tests
        )


def points(value: float) -> str:
    """Points without needless zeros: ``7``, ``2.5``."""
    return f"{round(value, 3):g}"


def failures(verdict: Verdict) -> list[Failure]:
    """What is to be mended, in this order: on the CPU first, and there in the order of the suite.

    A test that another one needs comes before it in its suite, and so it does here.
    """
    failing = [test for test in verdict.tests if test.status in _FAILING]
    failing.sort(key=lambda test: test.device != "cpu")
    words = {_words_of(test.message): test.message for test in reversed(failing) if _is_unwritten(test)}
    groups: dict[str, list[TestResult]] = {}
    for test in failing:
        met = test.message if _is_unwritten(test) else _quoted(test.message, words)
        groups.setdefault(met or test.name, []).append(test)
    for tests in groups.values():
        tests.sort(key=lambda test: not _is_unwritten(test))  # what says it best comes first
    return [Failure(tuple(tests), _where(tests, verdict)) for tests in groups.values()]


def ran(verdict: Verdict) -> bool:
    """Whether there was something to run, and it could be loaded."""
    return not any(diagnosis.mistake in _NOTHING_RAN for diagnosis in verdict.diagnoses)


def not_started(verdict: Verdict) -> bool:
    """Whether nothing of a submission is the student's yet."""
    return UNTOUCHED in verdict.flags or nothing_written(verdict)


def nothing_written(verdict: Verdict) -> bool:
    """Whether all that a submission was found to be is unwritten."""
    found = failures(verdict)
    return bool(found) and not verdict.passed and all(failure.task for failure in found)


def in_one_line(verdict: Verdict) -> str:
    """What to look at, for a table: the first mistake that is certain, or the first failure."""
    if verdict.ungraded:
        return _joined(f"NOT GRADED: {verdict.ungraded}")
    for diagnosis in verdict.diagnoses:
        if diagnosis.sure:
            return _joined(diagnosis.says)
    for failure in failures(verdict):
        if failure.task:
            return _joined(f"Not written yet: {failure.task}")
        return _joined(f"{failure.first.title}{failure.where}: {failure.first.message}")
    return ""


# --- the whole verdict -------------------------------------------------------------------------------------


def headline(verdict: Verdict) -> str:
    """The marks, in a sentence."""
    score = f"{verdict.exercise}: {points(verdict.score)} of {points(verdict.max_score)} points"
    return f"{score}, {verdict.passed} of {_tests(len(verdict.tests))} passed."


def reading(verdict: Verdict, *, commands: bool = True, in_full: bool = False) -> list[Line]:
    """All that a person is told of a verdict.

    ``commands`` says whether the reader can type ``kata``. With ``in_full`` the other failures come a second
    time, at the end, with their messages: for who gets this once, and not after every change.
    """
    if verdict.ungraded:
        return [
            Line(f"{verdict.exercise}: no marks yet.", "bold"),
            Line(f"This could not be graded: {verdict.ungraded}", "wrong"),
        ]
    if not ran(verdict):
        why = _message(verdict.tests[0])
        return [Line(headline(verdict), "bold"), Line("None of the tests could be run:"), *why]
    found = failures(verdict)
    if not found:
        return [Line(headline(verdict), "bold"), *_folded(verdict, 0), *_left_out(verdict)]
    if nothing_written(verdict):
        return _to_write(verdict, found)
    return [*_to_mend(verdict, found, commands, in_full), *_left_out(verdict), _seed(verdict)]


def _left_out(verdict: Verdict) -> Iterator[Line]:
    """What was not run of the answer, which cost nothing."""
    said = [flag for flag in verdict.flags if flag.startswith(LEFT_OUT)]
    for flag in said:
        yield Line(f"{flag[:1].upper()}{flag[1:]}.", "dim", indent=2)
    if said:
        yield Line('What only shows something belongs under `if __name__ == "__main__":`.', "dim", indent=2)


def _to_write(verdict: Verdict, found: Sequence[Failure]) -> list[Line]:
    """A stub in which nothing is written yet: what to write first, and what else there is."""
    score = f"{verdict.exercise}: 0 of {points(verdict.max_score)} points, not started."
    others = [_name_and_place(failure.task) for failure in found[1:]]
    wait = "waits" if len(verdict.tests) == 1 else "wait"
    return [
        Line(score, "bold"),
        Line(f"Not written yet: {found[0].task}", mark=MARKS["failed"]),
        *(Line(f"Also: {task}", indent=2) for task in others),
        Line(f"{_tests(len(verdict.tests))} {wait} for {'these' if others else 'this'}.", "dim", indent=2),
    ]


def _to_mend(verdict: Verdict, found: Sequence[Failure], commands: bool, in_full: bool) -> Iterator[Line]:
    diagnoses = _diagnosed(verdict, found)
    first = found[0]
    alike = [
        failure
        for failure in found[1:]
        if failure.first.message == first.first.message and failure not in diagnoses
    ]
    others = [failure for failure in found[1:] if failure not in alike]
    yield Line(f"{headline(verdict)} {'Write' if first.task else 'Mend'} this first:", "bold")
    yield from _in_full(first, diagnoses.get(first, []))
    if alike:
        count = sum(len(failure.tests) for failure in alike)
        more = f"{_tests(count, 'more test')} {'says' if count == 1 else 'say'} the same"
        yield Line(f"{more}: {_points(sum(failure.lost for failure in alike))}.", "dim", indent=4)
    if others:
        yield Line("")
        yield Line("Also to mend, with the points that each costs:")
    for failure in others:
        yield _in_a_line(failure)
        yield from (_diagnosis(diagnosis) for diagnosis in diagnoses.get(failure, []))
    folded = _folded(verdict, len(found))
    if folded and not others:
        yield Line("")
    yield from folded
    rules = list(dict.fromkeys(failure.first.rule for failure in found if failure.first.rule))
    if rules and commands:
        yield Line("")
        others_too = ", and so it does for each id in brackets" if len(rules) > 1 else ""
        yield Line(f"kata explain {rules[0]} tells more{others_too}.", "hint")
    if in_full and others:
        yield Line("")
        yield Line("The others in full:", "bold")
        for failure in others:
            yield from _in_full(failure, [])
        yield Line("")


def _seed(verdict: Verdict) -> Line:
    return Line(f"The inputs of this run were drawn with seed {verdict.seed}.", "dim")


def _in_full(failure: Failure, diagnoses: Sequence[Diagnosis]) -> Iterator[Line]:
    """A failure with all that is known of it; a certain diagnosis comes first, a possible one last."""
    test = failure.first
    yield _heading(failure, _points(failure.lost))
    yield from (_diagnosis(diagnosis) for diagnosis in diagnoses if diagnosis.sure)
    if not failure.task:
        yield from _message(test)
        if test.hint:
            yield Line(f"Hint: {test.hint}", "hint", indent=4)
    yield from (_diagnosis(diagnosis) for diagnosis in diagnoses if not diagnosis.sure)


def _in_a_line(failure: Failure) -> Line:
    """A failure without its message, but with the id of the rule that is broken."""
    rule = failure.first.rule
    return _heading(failure, points(failure.lost), f" [{rule}]" if rule else "")


def _heading(failure: Failure, cost: str, rule: str = "") -> Line:
    """The title of a failure, or what is not written, and the points that it costs."""
    says = (
        f"Not written yet: {failure.task}" if failure.task else f"{failure.first.title}{failure.where}{rule}"
    )
    return Line(says, mark=MARKS["failed"], end=f"  (-{cost})")


def _message(test: TestResult) -> Iterator[Line]:
    """What a test says, line by line; the id of a broken rule ends it."""
    rule = f" [{test.rule}]" if test.rule and not test.message.endswith(f"[{test.rule}]") else ""
    for line in f"{_HOW.get(test.status, '')}{test.message}{rule}".splitlines():
        yield Line(line.strip(), indent=4 + len(line) - len(line.lstrip()))


def _diagnosis(diagnosis: Diagnosis) -> Line:
    opening = "This looks like a known mistake." if diagnosis.sure else "A possibility:"
    return Line(f"{opening} {_joined(diagnosis.says)}", "bold" if diagnosis.sure else "", indent=4)


def _diagnosed(verdict: Verdict, found: Sequence[Failure]) -> dict[Failure, list[Diagnosis]]:
    """The diagnoses, each with the first failure of its part."""
    places: dict[Failure, list[Diagnosis]] = {}
    for diagnosis in verdict.diagnoses:
        if diagnosis.mistake in _NOTHING_RAN:
            continue  # it says what the tests say
        its_own = (failure for failure in found if failure.belongs_to(diagnosis.part))
        places.setdefault(next(its_own, found[0]), []).append(diagnosis)
    return places


def _folded(verdict: Verdict, failed: int) -> list[Line]:
    """A line on all that was not reached, and one on all that was skipped."""
    lines = []
    waiting = [test for test in verdict.tests if test.status == "not_reached"]
    if waiting:
        this = "these work" if failed > 1 else "this works"
        cost = _points(sum(test.max_points for test in waiting))
        says = f"{_tests(len(waiting))} could not be reached before {this}: {cost}."
        lines.append(Line(says, "dim", MARKS["not_reached"]))
    skipped = [test for test in verdict.tests if test.status == "skipped"]
    if skipped:
        was = "was" if len(skipped) == 1 else "were"
        why = f" ({_joined(skipped[0].message)})" if skipped[0].message else ""
        cost = _points(sum(test.max_points for test in skipped))
        lines.append(Line(f"{_tests(len(skipped))} {was} skipped{why}: {cost}.", "dim", MARKS["skipped"]))
    return lines


# --- one test ----------------------------------------------------------------------------------------------


def reading_of(name: str, verdict: Verdict, told: dict[str, str]) -> list[Line]:
    """All that a person is told of one test function: how it went on each device, why, and a hint.

    ``told`` maps the messages that other readings have told to the titles of their tests, so that none is
    told twice.
    """
    lines: list[Line] = []
    mine = [test for test in verdict.tests if test.function == name]
    found = failures(verdict)
    diagnoses = {failure.first: says for failure, says in _diagnosed(verdict, found).items()} if found else {}
    titles = Counter(test.title for test in mine)
    outcomes: dict[tuple[str, Status, str], list[TestResult]] = {}
    for test in mine:  # of many house rules, those that are broken have a line of their own
        title = test.title if len(titles) == 1 or test.status in _FAILING else title_of(mine)
        outcomes.setdefault((title, test.status, test.message), []).append(test)
    for (title, _, _), tests in outcomes.items():
        where = f", on {listed([test.device for test in tests])}" if titles[title] > 1 else ""
        lines += _outcome(f"{title}{where}", tests, diagnoses.get(tests[0], []), told)
    return lines


def _outcome(
    title: str, tests: Sequence[TestResult], diagnoses: Sequence[Diagnosis], told: dict[str, str]
) -> Iterator[Line]:
    test = tests[0]
    earned = (
        f"{points(sum(test.points for test in tests))} of {points(sum(test.max_points for test in tests))}"
    )
    yield Line(title, mark=MARKS[test.status], end=f"  ({earned})")
    if test.status == "passed":
        return
    yield from (_diagnosis(diagnosis) for diagnosis in diagnoses if diagnosis.sure)
    if test.message in told and test.status != "not_reached":
        yield Line(f"The same message as for: {told[test.message]}", "dim", indent=4)
    else:
        told.setdefault(test.message, test.title)
        yield from _message(test)
        if test.hint:
            yield Line(f"Hint: {test.hint}", "hint", indent=4)
    yield from (_diagnosis(diagnosis) for diagnosis in diagnoses if not diagnosis.sure)


# --- drawing -----------------------------------------------------------------------------------------------


def pieces(line: Line, width: int) -> list[tuple[str, str]]:
    """A line as it is drawn: cut at ``width``, each piece with what stands before it, a mark or blanks."""
    first = f"{line.mark} " if line.mark else " " * line.indent
    text = printable(" ".join(line.text.splitlines()))
    text += line.end[:2] + line.end[2:].replace(" ", _UNBROKEN)
    wrapped = textwrap.wrap(text, max(width - len(first), 20), break_on_hyphens=False)
    drawn = [piece.replace(_UNBROKEN, " ") for piece in wrapped or [""]]
    return [(" " * len(first) if index else first, piece) for index, piece in enumerate(drawn)]


def as_text(lines: Sequence[Line], width: int) -> str:
    """The lines as plain text."""
    drawn = (piece for line in lines for piece in pieces(line, width))
    return "".join(f"{before}{text}".rstrip() + "\n" for before, text in drawn)


# --- words -------------------------------------------------------------------------------------------------


def _where(failed: Sequence[TestResult], verdict: Verdict) -> str:
    """On which devices a test failed, where that is not all that there is to it."""
    devices = list(dict.fromkeys(test.device for test in failed))
    elsewhere = any(test.status == "passed" and test.name == failed[0].name for test in verdict.tests)
    return "" if devices == ["cpu"] and not elsewhere else f", on {listed(devices)}"


def _is_unwritten(test: TestResult) -> bool:
    return test.message.startswith(NOT_WRITTEN)


def _words_of(message: str) -> str:
    """Of "This is not written yet: do it (a.py, line 9)" the stub's own words."""
    return _PLACE.sub("", message.removeprefix(NOT_WRITTEN))


def _quoted(message: str, words: Mapping[str, str]) -> str:
    """The message of the unwritten function whose words another message quotes; empty if it quotes none."""
    return next((found for said, found in words.items() if said in message), "")


def _name_and_place(task: str) -> str:
    """Of "MLP.forward: send x through ... (modulelist.py, line 9)" the name and the place."""
    place = _PLACE.search(task)
    name = place and (place["function"] or _NAME.match(task))
    if not place or not name:
        return task
    return f"{name if isinstance(name, str) else name[0]} ({place['line']})"


def _tests(count: int, word: str = "test") -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _points(value: float) -> str:
    return f"{points(value)} point{'' if value == 1 else 's'}"


def _joined(text: str) -> str:
    return " ".join(text.split())
