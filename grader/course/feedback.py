"""Feedback pages with the titles of tests, where nbgrader's say "Test cell" and the function's name.

Trusted side. nbgrader's own template makes the page; a course's ``nbgrader_config.py`` names this exporter
for it. Titles are those that autograding noted in the grade cells; a cell without one stays as it was.
"""

from __future__ import annotations

from html import escape
from typing import Any

from nbconvert.exporters import HTMLExporter

from grader.notebook.marks import MARK

# nbgrader's headings of cells are one line high, and titles may need two.
_STYLE = "<style>div.nbgrader_cell .panel-heading { height: auto; overflow: hidden; }</style>\n</head>"


class FeedbackExporter(HTMLExporter):
    """Makes nbgrader's page, and writes titles into its table of contents and above the cells."""

    def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> Any:
        """Return the page of a notebook, and nbconvert's notes on it."""
        page, resources = super().from_notebook_node(nb, resources, **kwargs)
        for name, title in _titles(nb):
            link = f'<a href="#{name}">'
            page = page.replace(f"{link}Test cell</a>", f"{link}{escape(title)}</a>", 1)
            page = page.replace(f"Grade cell: <code>{name}</code>", escape(title), 1)
        return page.replace("</head>", _STYLE, 1), resources


def _titles(nb: Any) -> list[tuple[str, str]]:
    """The names of the grade cells that have a title, with the titles."""
    found = []
    for cell in nb.cells:
        title = cell.metadata.get(MARK, {}).get("title")
        if title and "nbgrader" in cell.metadata:
            found.append((str(cell.metadata["nbgrader"].get("grade_id")), str(title)))
    return found
