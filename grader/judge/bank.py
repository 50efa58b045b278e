"""The bank: right answers and known mistakes.

Judge's floor. A known mistake is an edit of a right answer, or a file of its own where it is built otherwise.
No file of the bank is run here: of ``mistakes.py`` the arguments are read, of a wrong answer the docstring.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from textwrap import indent
from typing import Any, NoReturn

from grader.exercise import Exercise, ExerciseError
from grader.judge.fingerprints import Fingerprint, recorded

WEIGHTS = {"slip": (0.0, 2.0), "part": (2.0, 6.0), "whole": (6.0, 10.0)}  # of 10 points, what may be lost
REFERENCE = "reference"  # the base that is no file of right/, but the solution itself
_KEYS = ("mistake", "form of", "source", "weight")
_OnProblem = Callable[[ExerciseError], None]


@dataclass(frozen=True)
class KnownMistake:
    """A known mistake, and an answer that makes it.

    ``path`` is the file that it stands in, and ``text`` the whole answer. ``base`` is the right answer that
    the text is an edit of, empty where the text is a file of its own. ``says`` is a sentence for who made the
    mistake. ``form_of`` names the mistake that this one is another form of, and is empty where it is none.
    ``weight`` says what it may cost: it is a slip, or of a part, or of the whole. ``recorded`` is its
    fingerprint in ``fingerprints.json``, or None where there is none yet.
    """

    path: Path
    name: str
    says: str
    source: str
    form_of: str
    base: str
    text: str
    weight: str = "slip"
    recorded: Fingerprint | None = None

    @property
    def tells(self) -> str:
        """The name under which it is told."""
        return self.form_of or self.name


def mistake(
    name: str,
    *,
    base: str,
    change: dict[str, str],
    says: str = "",
    source: str = "",
    form_of: str = "",
    weight: str = "slip",
) -> dict[str, Any]:
    """Describe a known mistake in a file ``mistakes.py``: the right answer ``base`` with a ``change``.

    ``base`` is a file of ``right/`` without its ``.py``, or ``"reference"``. Each key of ``change`` is a text
    that occurs exactly once in it, and the value is what stands there in the wrong answer. A text in triple
    quotes that begins with a line break means whole lines, which may be indented as it looks best.

    ``says`` is what a student reads as the diagnosis, ``source`` the address where somebody made the mistake.
    With ``form_of``, the mistake is told under the name of another one, and in its words unless there are own
    ones. ``weight`` is ``slip`` (it costs at most 2 of 10 points), ``part`` (2 to 6) or ``whole`` (6 to 10).
    """
    return {
        "name": name, "base": base, "says": says, "source": source, "form_of": form_of, "change": change,
        "weight": weight,
    }  # fmt: skip


def right_answers(exercise: Exercise) -> list[Path]:
    """Return the right answers in the bank. The reference is not among them."""
    return sorted((exercise.bank / "right").glob("*.py"))


def _give_up(problem: ExerciseError) -> NoReturn:
    raise problem


def known_mistakes(exercise: Exercise, on_problem: _OnProblem = _give_up) -> list[KnownMistake]:
    """Return the known mistakes, in the order of their names.

    Raises ExerciseError for the first one that is not in order. Where ``on_problem`` is given, it is called
    for each of these instead.
    """
    problems: list[ExerciseError] = []
    read = [*_edits(exercise, problems.append), *_files(exercise, problems.append)]
    found = {known.name: known for known in reversed(read)}
    for problem in (*problems, *_same_names(read), *([] if problems else _lost_forms(found))):
        on_problem(problem)
    prints = recorded(exercise).mistakes
    return [
        replace(_told(found[name], found.get(found[name].form_of)), recorded=prints.get(name))
        for name in sorted(found)
    ]


def known_mistake(exercise: Exercise, name: str) -> KnownMistake:
    """Return the known mistake of that name. Raises ExerciseError, with names that are close to it."""
    known = {known.name: known for known in known_mistakes(exercise)}
    if name not in known:
        close = difflib.get_close_matches(name, known) or difflib.get_close_matches(name, known, cutoff=0.4)
        hint = f"Close to it: {', '.join(close)}." if close else f"`kata bank {exercise.number}` lists them."
        raise ExerciseError(f"There is no mistake '{name}' in the bank of {exercise.name}. {hint}")
    return known[name]


def _same_names(read: list[KnownMistake]) -> Iterator[ExerciseError]:
    places: dict[str, Path] = {}
    for known in read:
        if known.name in places:
            where = " and ".join(sorted({places[known.name].name, known.path.name}))
            yield ExerciseError(f"{known.path}: '{known.name}' is there twice, in {where}; rename one.")
        places[known.name] = known.path


def _lost_forms(found: Mapping[str, KnownMistake]) -> Iterator[ExerciseError]:
    for known in found.values():
        if known.form_of and (known.form_of not in found or found[known.form_of].form_of):
            yield ExerciseError(
                f"{known.path}: '{known.name}' is a form of '{known.form_of}', "
                "which is no mistake of its own. Name one that is in form_of."
            )


def _told(known: KnownMistake, original: KnownMistake | None) -> KnownMistake:
    """The mistake with the original's sentence, if it has none."""
    return replace(known, says=known.says or (original.says if original else ""))


# --- files of their own ------------------------------------------------------------------------------------


def _files(exercise: Exercise, on_problem: _OnProblem) -> Iterator[KnownMistake]:
    """The mistakes in ``wrong/``."""
    for path in sorted((exercise.bank / "wrong").glob("*.py")):
        try:
            yield _file(path)
        except ExerciseError as problem:
            on_problem(problem)


def _file(path: Path) -> KnownMistake:
    """The mistake of one file. Its docstring has lines with a key, and the other lines are the sentence."""
    text = path.read_text(encoding="utf-8")
    try:
        doc = ast.get_docstring(ast.parse(text)) or ""
    except SyntaxError:
        # A wrong answer may be meant not to parse; its docstring is then what the first quotes enclose.
        match = re.match(r'\s*(?:r|R)?"""(.*?)"""', text, re.DOTALL)
        doc = match.group(1).strip() if match else ""
    values: dict[str, list[str]] = {key: [] for key in (*_KEYS, "says")}
    for line in filter(str.strip, doc.splitlines()):
        key, colon, rest = line.partition(":")
        if colon and key.strip() in _KEYS:
            values[key.strip()].append(rest.strip())
        else:
            values["says"].append(line.strip())
    name, form_of, source, weight, says = (" ".join(values[key]) for key in (*_KEYS, "says"))
    if not name:
        raise ExerciseError(f"{path}: the docstring has no line 'mistake: ...'.")
    if not says and not form_of:
        raise ExerciseError(f"{path}: the docstring has no sentence on the mistake.")
    return KnownMistake(
        path, name, says, source, form_of, base="", text=text, weight=_weight(path, name, weight or "slip")
    )


# --- edits of right answers --------------------------------------------------------------------------------


def _edits(exercise: Exercise, on_problem: _OnProblem) -> Iterator[KnownMistake]:
    """The mistakes in ``mistakes.py``."""
    path = exercise.bank / "mistakes.py"
    try:
        statements = ast.parse(path.read_bytes()).body if path.is_file() else []
    except SyntaxError as error:
        on_problem(ExerciseError(f"{path}, line {error.lineno}: {error.msg}."))
        return
    for statement in statements:
        docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if docstring or isinstance(statement, ast.ImportFrom):
            continue
        try:
            given = _arguments(statement, f"{path}, line {statement.lineno}")
            yield _edit(exercise, path, **given)
        except ExerciseError as problem:
            on_problem(problem)


def _arguments(statement: ast.stmt, place: str) -> dict[str, Any]:
    """What a statement of ``mistakes.py`` gives to ``mistake``."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "mistake"):
        raise ExerciseError(f"{place}: nothing but mistake(...) can stand here.")
    try:
        values = [ast.literal_eval(value) for value in call.args]
        named = {keyword.arg or "**": ast.literal_eval(keyword.value) for keyword in call.keywords}
        inspect.signature(mistake).bind(*values, **named)
    except (ValueError, TypeError) as error:
        raise ExerciseError(f"{place}: mistake(...) can't be read: {error}.") from None
    given = mistake(*values, **named)
    change = given["change"] if isinstance(given["change"], dict) else {None: None}
    texts = [*change.keys(), *change.values(), *(given[key] for key in given if key != "change")]
    if not all(isinstance(text, str) for text in texts):
        raise ExerciseError(f"{place}: mistake(...) takes strings, and a dict of strings as 'change'.")
    return given


def _edit(
    exercise: Exercise, path: Path, *, name: str, base: str, says: str, source: str, form_of: str,
    change: dict[str, str], weight: str,
) -> KnownMistake:  # fmt: skip
    """One mistake of ``mistakes.py``, with its text."""
    if not says and not form_of:
        raise ExerciseError(f"{path}: '{name}' has no sentence on the mistake; add says=\"...\".")
    file = exercise.reference if base == REFERENCE else exercise.bank / "right" / f"{base}.py"
    if not file.is_file():
        raise ExerciseError(
            f"{path}: '{name}' has the base '{base}', but there is no {file.relative_to(exercise.root)}."
        )
    right = file.read_text(encoding="utf-8")
    try:
        text = edited(right, change)
    except ValueError as error:
        raise ExerciseError(f"{path}: '{name}', an edit of '{base}': {error}") from None
    if text == right:
        raise ExerciseError(
            f"{path}: '{name}' is the same as its base '{base}'; put the mistake into change."
        )
    return KnownMistake(path, name, says, source, form_of, base, text, _weight(path, name, weight))


def _weight(path: Path, name: str, weight: str) -> str:
    if weight not in WEIGHTS:
        raise ExerciseError(
            f"{path}: '{name}' is of the weight '{weight}'; take one of {', '.join(WEIGHTS)}."
        )
    return weight


def edited(text: str, change: Mapping[str, str]) -> str:
    """Return ``text`` with each key of ``change`` replaced by its value; ``mistake`` says how they are read.

    What is put in is indented as what it replaces. A line of which nothing is left goes. Raises ValueError if
    a key does not occur exactly once, or if two of them overlap.
    """
    edits = sorted(_spot(text, old, new) for old, new in change.items())
    for (_, end, _), (start, _, new) in pairwise(edits):
        if start < end:
            raise ValueError(f"two changes overlap, put them together; the second one gives:\n{new}")
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text


def _spot(text: str, old: str, new: str) -> tuple[int, int, str]:
    """The place of ``old`` in ``text``, from and to, and what comes there."""
    if whole_lines := "\n" in old:
        margin = _margin(f"{old}\n{new}" if "\n" in new else old)
        old, new = _lines(old, margin), _lines(new, margin) if "\n" in new else new
        first, *others = old.split("\n")
        rows = [rf"\n(?P=indent){re.escape(row)}" if row else r"\n" for row in others]
        pattern = rf"^(?P<indent> *){re.escape(first)}{''.join(rows)}$"
    else:
        pattern = re.escape(old)
        new = _lines(new, _margin(new)) if "\n" in new else new
    found = list(re.finditer(pattern, text, re.MULTILINE)) if old else []
    if len(found) != 1:
        how_often = f"{len(found)} times; show more of what is around it" if found else "nowhere"
        raise ValueError(
            f"each key of change must occur exactly once, but this one occurs {how_often}:\n{old}"
        )
    start, end = found[0].span()
    line_start = text.rfind("\n", 0, start) + 1
    if not new and not text[line_start:start].strip() and text[end : end + 1] == "\n":
        return line_start, end + 1, ""
    prefix = found[0]["indent"] if whole_lines else " " * _margin(text[line_start:end])
    new = indent(new, prefix)
    return start, end, new if whole_lines else new.removeprefix(prefix)


def _margin(text: str) -> int:
    """How far all lines of ``text`` are indented."""
    return min((len(line) - len(line.lstrip(" ")) for line in text.split("\n") if line.strip()), default=0)


def _lines(text: str, margin: int) -> str:
    """``text`` without the margin, and without empty lines at its ends."""
    return "\n".join(line[margin:] if line.strip() else "" for line in text.split("\n")).strip("\n")
