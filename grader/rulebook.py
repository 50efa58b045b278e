"""The house rules as people read them: ``exercises/RULES.md``, cut into a section for each rule.

Ground floor: imported by all, imports none.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from grader.errors import ExitCode, KataError

_HEAD = re.compile(r"^## ([a-z-]+)$", re.MULTILINE)


class NoSuchRule(KataError):
    """There is no house rule of that name."""

    exit_code = ExitCode.WRONG_USAGE


def section(root: Path, rule: str) -> str:
    """Return the section of a rule, which may stand in brackets as messages write it. Raises NoSuchRule."""
    known = sections(root)
    name = rule.strip("[]")
    if name not in known:
        close = difflib.get_close_matches(name, known, n=3) or known
        raise NoSuchRule(f"there is no house rule '{name}'. Did you mean: {', '.join(close)}?")
    return known[name]


def sentences(root: Path) -> dict[str, str]:
    """Return what each rule says in a sentence: the bold words with which its section begins."""
    return {rule: text.split("**")[1] for rule, text in sections(root).items()}


def sections(root: Path) -> dict[str, str]:
    """Return the sections of ``exercises/RULES.md`` by the ids of the rules, each with its heading.

    Raises FileNotFoundError where there is no such file.
    """
    text = (root / "exercises" / "RULES.md").read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return {
        head.group(1): text[head.start() : end].strip() + "\n" for head, end in zip(heads, ends, strict=True)
    }
