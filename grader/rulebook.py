"""The house rules as people read them: ``exercises/RULES.md``, cut into a section for each rule.

Ground floor: imported by all, imports none.
"""

from __future__ import annotations

import re
from pathlib import Path

_HEAD = re.compile(r"^## ([a-z-]+)$", re.MULTILINE)


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
