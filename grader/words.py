"""Text for people: cleaned of what could forge a line or a colour, and cut to a length.

Ground floor: imported by all, imports none.
"""


def plain_text(text: str, limit: int = 2000) -> str:
    """Return ``text`` cut to ``limit``, without control characters, which could forge lines or colours."""
    clean = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def printable(text: str) -> str:
    """Return a line of text with a � for each character that could move the cursor or forge a line."""
    return "".join(c if c.isprintable() else "�" for c in text)


def listed(names: object, none: str = "none") -> str:
    """Return names as a list in words: ``a, b and c``; ``none`` where there are none."""
    words = [str(name) for name in names]  # type: ignore[attr-defined]
    if not words:
        return none
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def times(count: int) -> str:
    """Return a count in words: ``not at all``, ``once``, ``twice``, ``7 times``."""
    return {0: "not at all", 1: "once", 2: "twice"}.get(count, f"{count} times")
