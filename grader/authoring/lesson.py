"""A lesson's code blocks: found, and run from top to bottom as a reader would.

Trusted side: lessons are ours.
"""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from typing import Any

HEADINGS = ("Why", "What to write", "Common mistakes", "Under the hood", "Next")
MOST_TO_WRITE = 1 / 3  # of the words that are not folded, those of "What to write"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_RAISES = re.compile(r"#\s*raises (\w+)")


@dataclass(frozen=True)
class Block:
    """One block of Python in a lesson; ``raises`` is the exception that a comment announces, or empty."""

    line: int
    source: str
    raises: str


def blocks(markdown: str) -> list[Block]:
    """The Python blocks of a lesson, in order."""
    found = []
    for match in _BLOCK.finditer(markdown):
        announced = _RAISES.search(match.group(1))
        line = markdown.count("\n", 0, match.start()) + 2
        found.append(Block(line, match.group(1), announced.group(1) if announced else ""))
    return found


def run(markdown: str) -> list[str]:
    """Run all blocks in one namespace; returns what went otherwise than the lesson says, in sentences."""
    names: dict[str, Any] = {"__name__": "lesson"}
    problems = []
    for block in blocks(markdown):
        raised = ""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile("\n" * (block.line - 1) + block.source, "README.md", "exec"), names)
        except Exception as error:
            raised = type(error).__name__
            detail = f"{raised}: {error}"
        if raised != block.raises:
            expected = block.raises or "no exception"
            problems.append(
                f"the block at line {block.line}: {detail if raised else 'no exception'}; expected {expected}"
            )
    return problems


def missing_headings(markdown: str) -> list[str]:
    """Which of the sections that every lesson has are not there."""
    return [name for name in HEADINGS if not re.search(rf"^## {name}\b", markdown, re.MULTILINE)]


def share_to_write(markdown: str) -> float:
    """Return which share of the words that are not folded stands below "What to write"."""
    open_to_all = re.sub(r"<details>.*?</details>", "", markdown, flags=re.DOTALL)
    found = re.search(r"^## What to write\n(.*?)(?=^## |\Z)", open_to_all, re.MULTILINE | re.DOTALL)
    return len(found[1].split()) / len(open_to_all.split()) if found else 0.0
