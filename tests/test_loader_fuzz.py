"""Any bytes as a Python file or a notebook: they are read as Python would, or a sentence says why not."""

import ast
import json
import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from grader.exercise import Exercise
from grader.grading.reading import Place, read_submission
from tests.test_notebook import notebook

MAIN = "modulelist.py"
quickly = settings(max_examples=400, deadline=None, database=None, derandomize="CI" in os.environ)

CODINGS = [
    "utf-8",
    "utf8",
    "UTF_8",
    "utf-8-sig",
    "latin-1",
    "cp1252",
    "ascii",
    "punycode",
    "utf-7",
    "hex",
    "no",
    "",
    "-",
]
ends = some.sampled_from(["\n", "\r\n", "\r", "\f", " ", "\v", "\x1c", "\u2028", "\\\n"])
lines = some.sampled_from(
    [
        "",
        " ",
        "\t",
        "x = 1",
        "'''",
        '"""',
        "#",
        "# x",
        "#!/bin/sh",
        "\f",
        "é = 'ü'",
        "x = '\x85'",
        "if x:",
        "  y",
    ]
)
codings = some.builds(
    "{}#{} {}{}{}".format,
    some.sampled_from(["", " ", "\t", "\f", "x = 1 ", "\v"]),
    some.sampled_from(["", " -*-", " vim: set file", "en", "x" * 300]),
    some.sampled_from(["coding", "encoding", "Coding", "fileencoding", "codingcoding"]),
    some.sampled_from([":", "=", ": ", "=\t", " :", ":="]),
    some.sampled_from(CODINGS),
)
sources = some.lists(some.tuples(codings | lines, ends), max_size=5).map(
    lambda parts: "".join(map("".join, parts))
)
encoded = some.builds(
    lambda mark, text, encoding, tail: mark + text.encode(encoding, "replace") + tail,
    some.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb"]),
    sources,
    some.sampled_from(["utf-8", "utf-8", "utf-8", "latin-1", "utf-16", "utf-7"]),
    some.binary(max_size=3),
)

numbers = some.integers() | some.floats() | some.booleans() | some.none()
anything = some.recursive(
    numbers | some.text(max_size=9),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
cell_lines = (
    lines
    | some.sampled_from(["%time x", "%%time", "%%bash", "!ls", "x?", "x = !ls", "await x", "\ud800", "\0"])
    | some.text(max_size=9)
)
texts = some.lists(cell_lines, max_size=4).map("\n".join)
cells = anything | some.fixed_dictionaries(
    {"cell_type": some.sampled_from(["code", "code", "code", "markdown", "raw", "heading"]) | anything},
    optional={
        "source": texts | some.lists(texts, max_size=3) | anything,
        "input": texts | anything,
        "metadata": anything
        | some.dictionaries(some.sampled_from(["nbgrader", "kata", "tags"]), anything, max_size=3),
        "outputs": anything,
        "attachments": anything,
        "id": anything,
    },
)
several = some.lists(cells, max_size=4)
notebooks = some.fixed_dictionaries(
    {},
    optional={
        "nbformat": some.sampled_from([4, 4, 4, 4, 3, 2, 1, 5, "4", 4.0, None]),
        "nbformat_minor": some.sampled_from([0, 2, 4, 5, 99]) | anything,
        "metadata": anything,
        "cells": several | anything,
        "worksheets": some.lists(some.fixed_dictionaries({"cells": several}) | anything, max_size=2)
        | anything,
    },
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ana")


def read(folder, name, data):
    """What is read, after what holds of every answer: it is all there, or a sentence says why it is not."""
    (folder / name).write_bytes(data)
    exercise = Exercise(folder, "03_modulelist", "A title", 1.0, 1, 1, (), (), ())
    found = read_submission(Place("ana", exercise, folder / name, alone=True))
    assert bool(found.problem) != bool(found.files)
    assert found.problem.isprintable()
    assert not re.search(r"could not be read \(\w+\)", found.problem), "nobody thought of this"
    assert len(found.sha256) == 64
    return found


def parsed(source):
    """What Python makes of a source; None where it is none."""
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return None


@quickly
@given(data=encoded | some.binary(max_size=40))
def test_a_python_file_is_never_read_otherwise_than_python_reads_it(folder, data):
    files = read(folder, MAIN, data).files
    assert files in ({}, {MAIN: data})
    if files:
        # Of a byte order mark and `coding: utf8`, without a hyphen, Python says that they don't go together.
        assert parsed(data) in (None, parsed(data.decode("utf-8-sig")))


@quickly
@given(data=encoded)
def test_utf8_without_another_coding_line_is_never_refused(folder, data):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    if "coding" not in text and "\0" not in text and text.strip():
        assert read(folder, MAIN, data).files == {MAIN: data}


@quickly
@given(content=notebooks | anything)
def test_a_notebook_of_any_shape_is_read_or_refused(folder, content):
    found = read(folder, "modulelist.ipynb", json.dumps(content).encode("utf-8", "surrogatepass"))
    for name, source in found.files.items():
        assert name == MAIN or name.startswith("code cell ")
        source.decode("utf-8")
    if found.files:
        ast.parse(found.files[MAIN])


@quickly
@given(at=some.integers(0, 400), instead=some.binary(max_size=4), skipped=some.integers(0, 40))
def test_a_notebook_that_was_damaged_is_read_or_refused(folder, at, instead, skipped):
    whole = notebook("import torch", "class A:\n    pass", "%time x = 1\n!ls")
    read(folder, "modulelist.ipynb", whole[:at] + instead + whole[at + skipped :])
