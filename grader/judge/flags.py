"""What a person should look at in a submission: names in its source that a right answer has no use for.

Trusted side. The source is read, not run. A flag takes no marks, since whoever writes such a name may have a
good reason; it says what stands there and in which line. Comments and texts are not looked at.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping

MOST = 8
_LONGEST = 200_000  # bytes of source; longer ones are not looked through
# What looks behind the curtain: into other frames, into memory, at code as data, into the grader.
_MODULES = frozenset({"ctypes", "gc", "importlib", "inspect", "grader", "marshal", "dis", "_ctypes", "_imp"})
_NAMES = frozenset(
    {
        "exec", "eval", "compile", "__import__", "_getframe", "__subclasses__", "__code__", "__globals__",
        "__closure__", "setprofile", "settrace", "addaudithook", "__bases__", "__mro__",
    }
)  # fmt: skip


def of(files: Mapping[str, bytes], without: Collection[str]) -> tuple[str, ...]:
    """Return the flags of a submission, each with its line. ``without`` are names of torch.nn to avoid."""
    found: dict[str, None] = {}
    for name, source in sorted(files.items()):
        where = f" of {name}" if len(files) > 1 else ""
        for says, line in _seen(source, without) if len(source) <= _LONGEST else ():
            found.setdefault(f"{says} (line {line}{where})")
    return tuple(found)[:MOST]


def _seen(source: bytes, without: Collection[str]) -> Iterator[tuple[str, int]]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if module.partition(".")[0] in _MODULES:
                yield f"imports from {module}", line
            for alias in node.names:
                if alias.name in without and module.startswith("torch"):
                    yield f"imports {module}.{alias.name}", line
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in _MODULES:
                    yield f"imports {alias.name}", line
        elif isinstance(node, ast.Attribute):
            if node.attr in without and _is_torch(node.value):
                yield f"names {ast.unparse(node)}", line
            elif node.attr in _NAMES:
                yield f"names {node.attr}", line
        elif isinstance(node, ast.Name) and node.id in _NAMES:
            yield f"names {node.id}", line


def _is_torch(node: ast.expr) -> bool:
    """Whether an expression looks like a module of torch: ``nn``, ``torch.nn``, ``nn.modules.container``."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in ("torch", "nn")
