"""The process that reads for the grader: what ends it ends nothing else, and who handed that in is told."""

import json
import os
import signal
import sys

import pytest

from grader.exercise import Exercise
from grader.grading.reader import CannotRead, Reader
from grader.grading.reading import MAX_NOTEBOOK, Place, Unreadable, read_notebook
from grader.notebook.read import MAX_CELLS
from tests.test_notebook import code, notebook, text

MAIN = "modulelist.py"


@pytest.fixture
def reader():
    with Reader() as reader:
        yield reader


def place(folder, student, data, name=MAIN):
    file = folder / student / name
    file.parent.mkdir(parents=True)
    file.write_bytes(data)
    exercise = Exercise(folder / "nowhere", "03_modulelist", "A title", 1.0, 1, 1, (), (), ())
    return Place(student, exercise, file)


def test_one_process_reads_a_whole_class(reader, tmp_path):
    places = [place(tmp_path, f"s{number}", b"x = 1\n") for number in range(30)]
    pids = {reader.call(place.file, os.getpid) for place in places}
    assert len(pids) == 1
    assert os.getpid() not in pids
    assert [read.student for read in reader.submissions(places)] == [place.student for place in places]
    assert reader.call(places[0].file, os.getpid) in pids


@pytest.mark.parametrize(
    ("function", "arguments", "says"),
    [
        (signal.pause, (), "that takes more than 0.5 s"),
        (os._exit, (0,), "it ended the program that reads"),
        (os.abort, (), "it ended the program that reads"),
        (sys.exit, (), "it ended the program that reads"),
        (bytearray, (4 << 30,), "could not be read (MemoryError)"),
        (json.loads, ("[" * 1_000_000,), "could not be read (RecursionError)"),
    ],
)
def test_what_ends_the_process_costs_one_file_and_it_is_replaced(function, arguments, says, tmp_path):
    here = place(tmp_path, "ana", b"x = 1\n")
    with Reader(seconds=0.5 if function is signal.pause else 30.0) as reader:
        with pytest.raises(Unreadable) as refused:
            reader.call(here.file, function, *arguments)
        assert says in str(refused.value)
        assert refused.value.ours
        reader.seconds = 30.0
        (read,) = reader.submissions([here])
    assert (read.problem, read.files) == ("", {MAIN: b"x = 1\n"})


def test_a_process_that_can_not_start_is_nobodys_mistake(reader, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(CannotRead, match="does not start"):
        reader.submissions([place(tmp_path, "ana", b"x = 1\n")])


def test_libraries_say_nothing_while_they_read(reader, tmp_path, capfd):
    cells = [code("x = 1") | {"id": "same"} for _ in range(3)]
    answer = place(tmp_path, "ana", notebook(*cells, nbformat_minor=5), "modulelist.ipynb")
    (read,) = reader.submissions([answer])
    assert read.problem == ""
    assert capfd.readouterr() == ("", "")


def test_cells_may_have_equal_ids_or_none_or_odd_ones(reader, tmp_path):
    cells = [
        code(f"x{number} = {number}") | {"id": identity}
        for number, identity in enumerate(["a", "a", 5, "", {}])
    ]
    answer = place(tmp_path, "ana", notebook(*cells, code("y = 1"), nbformat_minor=5), "modulelist.ipynb")
    (read,) = reader.submissions([answer])
    assert read.problem == ""
    assert read.files["code cell 2"] == b"x1 = 1"
    assert len(read.files) == 7


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            notebook(*[code("x = 1") | {"id": "same"}] * (MAX_CELLS + 1), nbformat_minor=5),
            "more than 2,000 cells",
        ),
        (b" " * (MAX_NOTEBOOK + 1), "has 32.0 MB; at most 32 MB are read"),
        (b'{"cells": [' + b"[" * 999_000, "is not a notebook that can be read"),
        (b'{"nbformat": 4, "cells": ' + b"9" * 5_000_000 + b"}", "is not a notebook that can be read"),
        (notebook(nbformat=99), "is not a notebook that can be read"),
        (notebook(nbformat=[[]]), "is not a notebook that can be read"),
        (notebook(nbformat=3), "is not a notebook that can be read"),
    ],
    ids=["cells", "too large", "too deep", "a long number", "of the future", "version", "worksheets"],
)
def test_a_notebook_that_is_too_much_costs_a_sentence(data, says, reader, tmp_path):
    bad = place(tmp_path, "ana", data, "modulelist.ipynb")
    ana, bo = reader.submissions([bad, place(tmp_path, "bo", b"x = 1\n")])
    assert says in ana.problem
    assert (ana.files, bo.problem) == ({}, "")


def test_a_large_notebook_of_outputs_is_read(reader, tmp_path):
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * (28 << 20)}}
    answer = place(tmp_path, "ana", notebook(code("x = 1") | {"outputs": [picture]}), "modulelist.ipynb")
    (read,) = reader.submissions([answer])
    assert (read.problem, read.files["code cell 1"]) == ("", b"x = 1")


def test_pictures_in_a_cell_are_kept_as_far_as_they_are_pictures(reader, tmp_path):
    right, odd = {"a.png": {"image/png": ["QUJD", "REVG"]}}, {"a.png": {"image/png": {"not": 1}}, "b": 3}
    cells = [
        text("one") | {"attachments": right},
        text("two") | {"attachments": odd},
        text("x") | {"attachments": [1]},
    ]
    file = place(tmp_path, "ana", notebook(*cells), "modulelist.ipynb").file
    read = reader.call(file, read_notebook, file)
    assert [cell.attachments for cell in read] == [{"a.png": {"image/png": "QUJDREVG"}}, {}, {}]
