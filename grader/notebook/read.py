"""A notebook as files that the judge can load: its code cells, and what runs them in the sandbox.

Trusted side. What only IPython understands is left out. Line breaks are kept, and every cell is a file of its
own for tracebacks, so that a message names the cell and the line in it.
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.notebook.marks import NOTES, is_as_written, is_stub

_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_MAGIC = re.compile(r"%{1,2}\w|!|\?")  # but not "% 3", which continues an expression
_SHELL_RESULT = re.compile(r"\w+ *= *[!%]")  # files = !ls
MAX_CODE = 1 << 18  # characters; the parser takes a thousand bytes for each, at worst
MAX_PARTS = 1_000_000  # lists and objects in a file
MAX_CELLS = 2_000
_RUNS_ITS_CELL = {"time", "timeit", "capture", "prun"}
_MAIN = """\
from kata_cells import run_cells
_cells, _wanted = {cells!r}, {wanted!r}
run_cells(globals(), _cells, _wanted)  # of the notebook
"""

_LOADED = {"torch", "numpy"}  # besides the standard library, what the sandbox has in memory anyway


class NotebookError(Exception):
    """What is wrong with a notebook; ``ours`` where it is for the instructor to mend."""

    def __init__(self, says: str, *, ours: bool = False) -> None:
        super().__init__(says)
        self.ours = ours


@dataclass(frozen=True)
class Cell:
    """A cell as it stands in a notebook, with what matters of it: no outputs, no notes of others."""

    cell_type: str
    source: str
    metadata: dict[str, Any]
    attachments: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Code:
    """A code cell: its name for messages, its source as plain Python, whether it is an untouched stub."""

    name: str
    source: str
    untouched: bool


def files_of(data: bytes, main: str, wanted: Sequence[str]) -> dict[str, bytes]:
    """The files to load for a notebook: ``main``, which runs the cells, and each cell. Raises NotebookError.

    ``wanted`` are the names that the exercise asks for.
    """
    cells = cells_of(data)
    try:
        files = {cell.name: cell.source.encode() for cell in cells}
    except UnicodeEncodeError:
        raise NotebookError("its code holds characters that no file can hold.") from None
    listed = [(cell.name, cell.source, cell.untouched) for cell in cells]
    files[main] = _MAIN.format(cells=listed, wanted=list(wanted)).encode()
    return files


def cells_of(data: bytes) -> list[Code]:
    """The code cells of a notebook that are the student's. Raises NotebookError.

    Of cells that `kata course` wrote and nobody changed, only stubs of answers are there, and the imports:
    in a kernel, answers can use them.
    """
    found = []
    code = list(filter(_is_code, read(data)))
    if sum(len(cell.source) for cell in code) > MAX_CODE:  # before any of it is parsed
        raise NotebookError(f"its code has more than {MAX_CODE:,} characters.", ours=True)
    for number, cell in enumerate(code, start=1):
        source = without_magics(cell.source)
        if not is_as_written(cell) or is_stub(cell):
            found.append(Code(f"code cell {number}", source, is_stub(cell)))
        elif imports := _imports(source):
            found.append(Code(f"code cell {number}", imports, untouched=True))
    if not any(cell.source.strip() for cell in found):
        raise NotebookError("it has no code in it.")
    return found


def _is_code(cell: Cell) -> bool:
    """Whether a cell is one of code, or was given out as one for an answer and made text by a slip."""
    noted = cell.metadata.get("nbgrader")
    given = isinstance(noted, dict) and noted.get("solution") is True and noted.get("cell_type") == "code"
    return cell.cell_type == "code" or given


def read(data: bytes) -> list[Cell]:
    """The cells of a notebook of any version. Raises NotebookError."""
    if data.count(b"{") + data.count(b"[") > MAX_PARTS:
        raise NotebookError(f"it has more than {MAX_PARTS:,} parts. Clear its outputs.", ours=True)
    try:
        return [_cell(cell) for cell in _cells_in(json.loads(data.decode("utf-8-sig")))]
    except NotebookError:
        raise
    except Exception as error:
        # Of the many kinds that are raised for what is no notebook, none is more telling than this.
        raise NotebookError(
            f"it is not a notebook that can be read ({type(error).__name__}). Open it in Jupyter, save it, "
            "and hand in what was saved."
        ) from None


def _cells_in(notebook: Any) -> list[Any]:
    """What a notebook has for cells, in the form of nbformat's version 4.

    Of that, little is looked at, and it need not be valid: ids may be missing or equal. nbformat itself,
    which takes seconds to import and names no student where it warns, is asked about older versions only.
    """
    if notebook["nbformat"] != 4:
        try:
            import nbformat
        except ImportError:
            raise NotebookError(
                "reading a notebook of this old version needs nbformat; install it with "
                "pip install 'torch-kata[course]'.",
                ours=True,
            ) from None
        for cell in (cell for sheet in notebook["worksheets"] for cell in sheet["cells"]):
            cell["outputs"] = []  # which may be large, and are never looked at
        notebook = nbformat.convert(nbformat.from_dict(notebook), to_version=4)
    cells = list(notebook["cells"])
    if len(cells) > MAX_CELLS:
        raise NotebookError(f"it has more than {MAX_CELLS:,} cells.", ours=True)
    return cells


def _cell(cell: Any) -> Cell:
    """One cell, with what matters of it. Raises many kinds of errors for what is none."""
    noted = cell.get("metadata", {})
    source = "".join(cell.get("source", ""))  # a list of lines, in some files
    return Cell(
        cell_type=str(cell["cell_type"]),
        source=source,
        metadata={key: noted[key] for key in NOTES if key in noted},
        attachments=_attachments(cell.get("attachments")),
    )


def _attachments(attached: Any) -> dict[str, dict[str, str]]:
    """The pictures that a cell carries, by name and type, as text; none where they are something else."""
    try:
        return {
            name: {str(kind): "".join(text) for kind, text in bundle.items()}
            for name, bundle in attached.items()
        }
    except (AttributeError, TypeError):
        return {}


def _imports(source: str) -> str:
    """The import statements at the top level of a cell of ours, as far as they cost nothing."""
    found = []
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # somebody wrote our mark on it
        return ""
    for node in body:
        module = node.module if isinstance(node, ast.ImportFrom) else ""
        if isinstance(node, ast.Import) and len(node.names) == 1:
            module = node.names[0].name
        known = (module or "").partition(".")[0] in sys.stdlib_module_names | _LOADED
        if known and not any(alias.asname for alias in getattr(node, "names", ())):
            found.append(ast.unparse(node))
    return "\n".join(found)


def without_magics(cell: str) -> str:
    """A cell's source with magics, shell lines and questions as comments; plain Python stays as it is."""
    with contextlib.suppress(SyntaxError, ValueError, MemoryError, RecursionError):
        ast.parse(cell)
        return cell
    lines = cell.splitlines()
    first = _CELL_MAGIC.match(cell)
    if first and first.group(1) not in _RUNS_ITS_CELL:
        return "\n".join(f"# {line}" for line in lines)
    return "\n".join(map(_without_magic, lines))


def _without_magic(line: str) -> str:
    code = line.strip()
    asks = code.endswith("?") and "#" not in code
    runs = _SHELL_RESULT.match(code)
    if not _MAGIC.match(code) and not asks and not runs:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass  # {code}"
