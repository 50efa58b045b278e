"""Finding and reading submissions: every layout, and everything that may lie where a file should be."""

import json
import os
import socket
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.exercise import Exercise, ExerciseError, pick
from grader.grading.discover import NothingToGrade, discover
from grader.grading.reading import MAX_ENTRIES, MAX_FILES, Place, names_in, read_submission
from grader.worker.cleaner import remove
from tests.test_notebook import notebook

SOURCE = b"x = 1\n"
MAIN = "modulelist.py"


def exercise(name):
    """An exercise of which only the name matters."""
    return Exercise(Path("/nowhere"), name, "A title", 1.0, 1, 1, (), (), ())


LIST, DICT = exercise("03_modulelist"), exercise("04_moduledict")
BOTH = [LIST, DICT]


def write(path, data=SOURCE):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def find(*paths, only=None):
    return discover(paths, BOTH, only)


def who(submissions):
    return [(found.student, found.exercise) for found in submissions]


def the_only(submissions):
    (found,) = submissions
    return found


# --- layouts -----------------------------------------------------------------------------------------------


def test_a_file_belongs_to_the_student_whose_folder_it_is_in(tmp_path):
    file = write(tmp_path / "ana" / MAIN)
    found = the_only(find(file))
    assert (found.student, found.exercise, found.main) == ("ana", "03_modulelist", MAIN)
    assert found.files == {MAIN: SOURCE}
    assert (found.path, found.problem, found.ungraded) == (str(file), "", False)


@pytest.mark.parametrize("name", ["03.py", "3.py", "modulelist.py", "03_modulelist.py"])
def test_a_file_may_be_named_by_number_module_or_folder(name, tmp_path):
    found = the_only(find(write(tmp_path / "ana" / name)))
    assert (found.student, found.exercise) == ("ana", "03_modulelist")
    assert found.files == {MAIN: SOURCE}


def test_a_file_in_an_exercises_folder_belongs_to_the_student_above(tmp_path):
    file = write(tmp_path / "ana" / "03_modulelist" / MAIN)
    assert who(find(file)) == [("ana", "03_modulelist")]


def test_a_file_named_after_the_student_needs_the_exercise_said(tmp_path):
    file = write(tmp_path / "ana.py")
    assert who(find(file, only=LIST)) == [("ana", "03_modulelist")]
    with pytest.raises(NothingToGrade, match=r"Which exercise is '.*ana\.py' for\? Say it with --exercise"):
        find(file)


def test_a_relative_path_has_a_student_too(tmp_path, monkeypatch):
    write(tmp_path / "ana" / MAIN)
    monkeypatch.chdir(tmp_path / "ana")
    assert who(find(Path(MAIN))) == who(find(Path("."))) == [("ana", "03_modulelist")]


def test_a_students_folder_holds_files_of_several_exercises(tmp_path):
    write(tmp_path / "ana" / MAIN)
    write(tmp_path / "ana" / "moduledict.py")
    assert who(find(tmp_path / "ana")) == [("ana", "03_modulelist"), ("ana", "04_moduledict")]


def test_with_only_the_other_exercises_are_left_alone(tmp_path):
    write(tmp_path / "ana" / MAIN)
    write(tmp_path / "ana" / "moduledict.py")
    assert who(find(tmp_path / "ana", only=DICT)) == [("ana", "04_moduledict")]


def test_a_folder_of_students_gives_each_of_them_in_order(tmp_path):
    for student in ("cleo", "ana", "bo"):
        write(tmp_path / student / MAIN)
    assert [found.student for found in find(tmp_path)] == ["ana", "bo", "cleo"]


def test_nbgraders_submitted_folder_can_be_named_at_each_level(tmp_path):
    submitted = tmp_path / "submitted"
    ana = write(submitted / "ana" / "03_modulelist" / MAIN)
    write(submitted / "bo" / "03_modulelist" / "modulelist.ipynb", notebook("x = 1"))
    assert who(find(submitted)) == [("ana", "03_modulelist"), ("bo", "03_modulelist")]
    assert who(find(submitted / "ana")) == [("ana", "03_modulelist")]
    assert who(find(ana.parent)) == [("ana", "03_modulelist")]


def test_an_exercises_folder_in_a_students_folder_comes_before_a_loose_file(tmp_path):
    inner = write(tmp_path / "ana" / "03_modulelist" / MAIN, b"inner = 1\n")
    write(tmp_path / "ana" / MAIN, b"loose = 1\n")
    found = the_only(find(tmp_path / "ana"))
    assert found.path == str(inner)
    assert found.files[MAIN] == b"inner = 1\n"


def test_in_an_exercises_folder_students_are_folders_or_files_named_after_them(tmp_path):
    folder = tmp_path / "03_modulelist"
    write(folder / "ana.py")
    write(folder / "bo" / MAIN)
    write(folder / "bo" / "moduledict.py")
    assert who(find(folder)) == [("ana", "03_modulelist"), ("bo", "03_modulelist")]


def test_flat_files_are_named_after_students(tmp_path):
    for name in ("ana.py", "bo.py", ".hidden.py", "__init__.py", "Thumbs.db", "README.md"):
        write(tmp_path / name)
    write(tmp_path / "cleo.ipynb", notebook("y = 2"))
    found = find(tmp_path, only=LIST)
    assert [one.student for one in found] == ["ana", "bo", "cleo"]
    assert all(one.main == MAIN and MAIN in one.files for one in found)


def test_python_comes_before_a_notebook_of_the_same_name(tmp_path):
    write(tmp_path / "ana" / "modulelist.ipynb", notebook("y = 2"))
    assert the_only(find(tmp_path / "ana")).files["code cell 1"] == b"y = 2"
    write(tmp_path / "ana" / MAIN)
    assert the_only(find(tmp_path / "ana")).files[MAIN] == SOURCE


def test_hidden_folders_and_caches_are_no_students(tmp_path):
    for student in ("ana", ".git", "__pycache__"):
        write(tmp_path / student / MAIN)
    assert [found.student for found in find(tmp_path)] == ["ana"]


def test_several_paths_are_one_class(tmp_path):
    write(tmp_path / "one" / "ana" / MAIN)
    bo = write(tmp_path / "two" / "bo" / MAIN)
    assert [found.student for found in find(tmp_path / "one", bo)] == ["ana", "bo"]


@pytest.mark.parametrize("name", ["Zoë Ångström", "李雷", "ana maria", "o'neill; rm -rf", "-x", "[bold]b"])
def test_students_names_are_kept_as_they_are(name, tmp_path):
    write(tmp_path / name / MAIN)
    write(tmp_path / "zz" / MAIN)
    assert name in [found.student for found in find(tmp_path)]


def test_a_name_that_is_not_utf8_is_a_name(tmp_path):
    name = os.fsdecode(b"jos\xe9")
    write(tmp_path / name / MAIN)
    assert the_only(find(tmp_path)).student == name


# --- names of exercises ------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["03", "3", "modulelist", "03_modulelist", "03_modulelist/", " 03 "])
def test_an_exercise_is_named_by_number_module_or_folder(word):
    assert pick(BOTH, word) is LIST


@pytest.mark.parametrize("word", ["5", "", "list", "Modulelist", "03_moduledict", "0", "²"])
def test_an_unknown_exercise_is_refused_with_the_known_ones(word):
    with pytest.raises(ExerciseError, match="There are: 03_modulelist, 04_moduledict"):
        pick(BOTH, word)


# --- what is missing ---------------------------------------------------------------------------------------


def test_a_missing_file_is_said_with_what_is_there_instead(tmp_path):
    write(tmp_path / "ana" / MAIN)
    write(tmp_path / "bo" / "Modulelist.py")
    write(tmp_path / "bo" / "final version.ipynb")
    write(tmp_path / "bo" / "notes.txt")
    bo = find(tmp_path)[1]
    assert bo.problem == (
        "There is no modulelist.py in the folder bo/; there are Modulelist.py, final version.ipynb."
    )
    assert (bo.files, bo.ungraded) == ({}, False)


def test_an_empty_folder_is_a_student_without_a_file(tmp_path):
    write(tmp_path / "ana" / MAIN)
    (tmp_path / "bo").mkdir()
    assert [found.problem for found in find(tmp_path)] == ["", "There is no modulelist.py in the folder bo/."]


def test_a_missing_file_is_looked_for_in_the_exercises_folder_if_there_is_one(tmp_path):
    write(tmp_path / "ana" / MAIN)
    write(tmp_path / "bo" / "03_modulelist" / "list.py")
    assert find(tmp_path)[1].problem == (
        "There is no modulelist.py in the folder 03_modulelist/; there is list.py."
    )


def test_what_others_have_handed_in_is_expected_of_all(tmp_path):
    write(tmp_path / "ana" / MAIN)
    write(tmp_path / "bo" / "moduledict.py")
    found = {(one.student, one.exercise): bool(one.problem) for one in find(tmp_path)}
    assert found == {
        ("ana", "03_modulelist"): False,
        ("ana", "04_moduledict"): True,
        ("bo", "03_modulelist"): True,
        ("bo", "04_moduledict"): False,
    }


def test_with_only_nobody_is_asked_for_another_exercise(tmp_path):
    write(tmp_path / "ana" / MAIN)
    write(tmp_path / "bo" / "moduledict.py")
    ana, bo = find(tmp_path, only=LIST)
    assert (ana.exercise, bo.exercise) == ("03_modulelist", "03_modulelist")
    assert "there is moduledict.py" in bo.problem


# --- wrong usage -------------------------------------------------------------------------------------------


def test_a_path_that_does_not_exist_is_named(tmp_path):
    write(tmp_path / "ana" / MAIN)
    with pytest.raises(NothingToGrade, match=r"There is no file or folder '.*nobody'"):
        find(tmp_path, tmp_path / "nobody")


def test_a_folder_with_nothing_to_grade_says_which_names_were_looked_for(tmp_path):
    write(tmp_path / "ana" / "notes.txt")
    with pytest.raises(NothingToGrade, match=r"modulelist\.py, moduledict\.py was found"):
        find(tmp_path)
    with pytest.raises(NothingToGrade, match=r"the name moduledict\.py was found"):
        find(tmp_path, only=DICT)


def test_a_file_of_another_kind_is_refused(tmp_path):
    with pytest.raises(NothingToGrade, match=r"ends neither in \.py nor in \.ipynb"):
        find(write(tmp_path / "modulelist.txt"))


def test_two_answers_of_one_name_cost_those_two_and_say_both_paths(tmp_path):
    one, two = write(tmp_path / "a" / "ana" / MAIN), write(tmp_path / "b" / "ana" / MAIN)
    write(tmp_path / "b" / "bo" / MAIN)
    ana, bo = find(tmp_path / "a", tmp_path / "b")
    assert (ana.student, ana.ungraded, ana.files) == ("ana", True, {})
    assert (
        f"2 answers by 'ana', and nobody knows which one counts, or whose they are: {one} and {two}"
        in ana.problem
    )
    assert (bo.student, bo.problem) == ("bo", "")


def test_a_path_that_is_named_twice_is_no_double(tmp_path):
    write(tmp_path / "ana" / MAIN)
    assert the_only(find(tmp_path / "ana", tmp_path / "ana")).files


def test_of_a_file_and_a_notebook_of_one_student_the_file_is_graded(tmp_path):
    write(tmp_path / "ana.py")
    write(tmp_path / "ana.ipynb", notebook("y = 2"))
    assert the_only(find(tmp_path, only=LIST)).files == {MAIN: SOURCE}


def test_a_link_to_a_folder_is_not_followed_out_of_the_students_folder(tmp_path):
    write(tmp_path / "elsewhere" / MAIN)
    write(tmp_path / "class" / "bo" / MAIN)
    (tmp_path / "class" / "ana").mkdir()
    (tmp_path / "class" / "ana" / "03_modulelist").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "class" / "cleo").symlink_to(tmp_path / "elsewhere")
    ana, bo, cleo = find(tmp_path / "class")
    assert not ana.files
    assert "There is no modulelist.py in the folder ana/" in ana.problem
    assert bo.files
    assert "symbolic link" in cleo.problem
    assert cleo.ungraded


def test_flat_files_of_other_students_can_not_be_imported(tmp_path):
    write(tmp_path / "ana.py")
    write(tmp_path / "bo.py")
    assert [list(found.files) for found in find(tmp_path, only=LIST)] == [[MAIN], [MAIN]]


def test_a_student_named_one_by_one_is_there_also_without_a_file(tmp_path):
    write(tmp_path / "ana" / MAIN)
    (tmp_path / "bo").mkdir()
    found = find(tmp_path / "ana", tmp_path / "bo")
    assert who(found) == [("ana", "03_modulelist"), ("bo", "03_modulelist")]
    assert "There is no modulelist.py" in found[1].problem


@pytest.mark.parametrize("answer", [MAIN, f"03_modulelist/{MAIN}"])
def test_a_folder_that_holds_an_answer_is_one_students_whatever_else_is_in_it(answer, tmp_path):
    write(tmp_path / "ana" / answer)
    write(tmp_path / "ana" / "bo" / MAIN)
    write(tmp_path / "ana" / "old" / "03_modulelist" / MAIN)
    write(tmp_path / "bo" / MAIN, b"own = 1\n")
    told = []
    found = discover([tmp_path / "ana", tmp_path / "bo"], BOTH, tell=told.append)
    assert [(one.student, one.problem) for one in found] == [("ana", ""), ("bo", "")]
    assert found[1].files == {MAIN: b"own = 1\n"}
    (line,) = told
    assert "ana/ is graded as one student's" in line
    assert "bo/ and old/" in line
    assert [one.student for one in find(tmp_path)] == ["ana", "bo"]


def test_an_empty_place_for_an_answer_does_not_hide_a_class(tmp_path):
    (tmp_path / "03_modulelist").mkdir()
    write(tmp_path / "ana" / MAIN)
    assert "ana" in [student for student, _ in who(find(tmp_path))]


# --- nobody is lost ----------------------------------------------------------------------------------------


def not_graded(submissions):
    assert all(one.problem and not one.files for one in submissions if one.ungraded)
    return {one.student: one.problem for one in submissions if one.ungraded}


def test_whatever_lies_in_a_class_is_graded_or_named(tmp_path):
    write(tmp_path / "ana" / MAIN)
    for name in ("bo.zip", "cleo.py", "dan.tar.gz", "finn.PY", "gus.py.txt"):
        write(tmp_path / name)
    write(tmp_path / "eva.ipynb", notebook("x = 1"))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "nowhere").symlink_to("is-not-there")
    named = not_graded(find(tmp_path))
    everybody = {"bo.zip", "cleo.py", "dan.tar.gz", "eva.ipynb", "finn.PY", "gus.py.txt", "nowhere", "pipe"}
    assert set(named) == everybody
    assert named["cleo.py"] == "Nobody knows which exercise cleo.py is for. Say it with --exercise."
    assert "Unpack or rename it" in named["bo.zip"]
    assert "symbolic link" in named["nowhere"]
    assert "neither a file nor a folder" in named["pipe"]
    graded = {one.student for one in find(tmp_path, only=LIST) if not one.ungraded}
    assert graded == {"ana", "cleo", "eva"}
    assert set(not_graded(find(tmp_path, only=LIST))) == everybody - {"cleo.py", "eva.ipynb"}


def test_what_a_shell_makes_of_a_star_is_a_class_as_well(tmp_path):
    write(tmp_path / "ana" / MAIN)
    write(tmp_path / "notes.txt")
    write(tmp_path / "cleo.py")
    (tmp_path / "nowhere").symlink_to("is-not-there")
    found = find(*sorted(tmp_path.iterdir()))
    assert [one.student for one in found] == ["ana", "cleo.py", "notes.txt", "nowhere"]
    assert set(not_graded(found)) == {"cleo.py", "notes.txt", "nowhere"}


def test_a_class_of_nothing_but_archives_says_what_is_there(tmp_path):
    write(tmp_path / "ana.zip")
    write(tmp_path / "bo.zip")
    with pytest.raises(NothingToGrade, match=r"no file of the name"):
        find(tmp_path)
    assert set(not_graded(find(tmp_path, only=LIST))) == {"ana.zip", "bo.zip"}


def test_names_are_said_without_what_would_command_a_terminal(tmp_path):
    write(tmp_path / "\x1b[2Jana" / "m\x1b]0;x\x07.py")
    write(tmp_path / "bo" / MAIN)
    write(tmp_path / "\x1b[31mcleo.zip")
    (tmp_path / "\x9b1mdan").symlink_to(tmp_path / "bo")
    problems = [one.problem for one in find(tmp_path) if one.problem]
    assert len(problems) == 3
    assert all(character.isprintable() for problem in problems for character in problem)
    with pytest.raises(NothingToGrade) as refused:
        find(tmp_path / "\x1b[2Jana" / "m\x1b]0;x\x07.py")
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "coding",
    ["hex", "rot13", "undefined", "no-such-thing", "punycode", "utf-7", "utf-16", "idna", "cp1252", "big5"],
)
@pytest.mark.parametrize(
    "line",
    [
        "# coding: {}\n",
        "#!/usr/bin/python\n# -*- coding: {} -*-\n",
        "\r\n \t# vim: fileencoding={} :\r\n",
        " \r# coding={}\r",
    ],
)
def test_another_encoding_is_never_tried_but_said(coding, line, tmp_path):
    write(tmp_path / "bo" / MAIN)
    write(tmp_path / "ana" / MAIN, f"{line.format(coding)}x = 'é'\n".encode())
    ana, bo = find(tmp_path)
    assert f"it is written in '{coding}', and only UTF-8 is read" in ana.problem
    assert (ana.files, ana.ungraded) == ({}, False)
    assert bo.files


def test_a_module_beside_it_in_another_encoding_is_left_out(tmp_path):
    write(tmp_path / "ana" / MAIN)
    write(tmp_path / "ana" / "helpers.py", b"# coding: punycode\n#-" + b"a" * 900_000)
    assert the_only(find(tmp_path / "ana")).files == {MAIN: SOURCE}


def test_a_folder_in_the_place_of_a_file_stops_nobody(tmp_path):
    write(tmp_path / "bo" / MAIN)
    (tmp_path / "ana" / MAIN).mkdir(parents=True)
    ana, bo = find(tmp_path)
    assert "not an ordinary file" in ana.problem
    assert bo.files


@pytest.mark.parametrize(
    "cell", ["-" * 200_000 + "1", "x" + ".a" * 300_000, "!ls\n" + " " * 900_000 + "x", "x = '\ud800'"]
)
def test_a_notebook_that_is_hard_to_read_stops_nobody(cell, tmp_path):
    write(tmp_path / "bo" / MAIN)
    escaped = notebook("CELL").replace(b'"CELL"', json.dumps(cell).encode())
    write(tmp_path / "ana" / "modulelist.ipynb", escaped)
    assert len(find(tmp_path)) == 2


# --- what may lie where a file should be -------------------------------------------------------------------


def read(data, tmp_path):
    write(tmp_path / "ana" / MAIN, data)
    return the_only(find(tmp_path / "ana"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "modulelist.py is empty."),
        (b" \n\t\n", "modulelist.py is empty."),
        (b"x = 1\0\n", "modulelist.py is not Python source: it holds null bytes."),
        ("x = 1\n".encode("utf-16"), "modulelist.py is not UTF-8 text but UTF-16; save it as UTF-8."),
        ("x = 1\n".encode("utf-16-le"), "modulelist.py is not Python source: it holds null bytes."),
        (b"x = 1\ny = 'caf\xe9'\n", "modulelist.py is not UTF-8 text (byte 15); save it as UTF-8."),
        (b"\x89PNG\r\n\x1a\n", "modulelist.py is not UTF-8 text (byte 1); save it as UTF-8."),
        (b"\xef\xbb\xbf\n", "modulelist.py is empty."),
    ],
)
def test_what_is_no_python_text_is_the_students_problem(data, says, tmp_path):
    found = read(data, tmp_path)
    assert (found.problem, found.ungraded, found.files) == (says, False, {})


@pytest.mark.parametrize(
    "data",
    [
        "# -*- coding: UTF-8 -*-\nx = 'é'\n".encode(),
        "# vim: set fileencoding=utf_8 :\nx = 'é'\n".encode(),
        b"# coding: latin-1\nx = 'plain'\n",
        "x = 1\n\n# coding: punycode, says a comment in line 3, which is none\nx = 'é'\n".encode(),
        b'x = """\n# coding: punycode\n"""\n',
        b"\xef\xbb\xbf# coding: utf-8\nx = 1\n",
        b"\xef\xbb\xbfx = 1\n",
        "x = 'é'\r\n".encode(),
        b"def broken(:\n",
    ],
    ids=[
        "coding line",
        "vim's",
        "of ASCII",
        "line 3",
        "in a string",
        "mark and coding",
        "byte order mark",
        "line ends",
        "not Python",
    ],
)
def test_what_is_text_is_read_byte_for_byte(data, tmp_path):
    found = read(data, tmp_path)
    assert (found.problem, found.files) == ("", {MAIN: data})


def test_a_symbolic_link_is_not_followed(tmp_path):
    secret = write(tmp_path / "solutions" / MAIN, b"answer = 42\n")
    (tmp_path / "class" / "ana").mkdir(parents=True)
    (tmp_path / "class" / "ana" / MAIN).symlink_to(secret)
    found = the_only(find(tmp_path / "class"))
    assert "It is a symbolic link; the file itself is needed." in found.problem
    assert (found.ungraded, found.files) == (True, {})


@pytest.mark.parametrize("name", [MAIN, "modulelist.ipynb"])
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/random", "/dev/stdin", "/proc/self/mem", "/dev/tty"])
def test_a_link_to_a_device_is_not_opened(device, name, tmp_path):
    write(tmp_path / "bo" / MAIN)
    (tmp_path / "ana").mkdir()
    (tmp_path / "ana" / name).symlink_to(device)
    (tmp_path / "ana" / "helpers.py").symlink_to(device)
    ana, bo = find(tmp_path)
    assert "symbolic link" in ana.problem
    assert (ana.ungraded, ana.files, bo.problem) == (True, {}, "")


@pytest.mark.parametrize("name", [MAIN, "modulelist.ipynb"])
def test_a_socket_is_no_file(name, tmp_path, monkeypatch):
    write(tmp_path / "bo" / MAIN)
    (tmp_path / "ana").mkdir()
    monkeypatch.chdir(tmp_path / "ana")  # an address has to be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(name)
        ana, bo = find(tmp_path)
    assert (ana.problem, ana.ungraded, bo.problem) == (f"{name} is not an ordinary file.", True, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_not_opened(tmp_path):
    write(tmp_path / "bo" / MAIN)
    (tmp_path / "ana").mkdir()
    try:
        os.mknod(tmp_path / "ana" / MAIN, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero
    except OSError:
        pytest.skip("no devices can be made here")
    ana, bo = find(tmp_path)
    assert (ana.problem, ana.ungraded, bo.problem) == (f"{MAIN} is not an ordinary file.", True, "")


def test_links_that_go_round_in_circles_end_somewhere(tmp_path):
    write(tmp_path / "bo" / MAIN)
    (tmp_path / "ana").mkdir()
    (tmp_path / "ana" / MAIN).symlink_to(MAIN)
    (tmp_path / "ana" / "03_modulelist").symlink_to("..")
    (tmp_path / "cleo").symlink_to("dan")
    (tmp_path / "dan").symlink_to("cleo")
    found = find(tmp_path)
    assert set(not_graded(found)) == {"ana", "cleo", "dan"}


def test_folders_within_folders_are_not_gone_through(tmp_path):
    write(tmp_path / "bo" / MAIN)
    deep = tmp_path / "ana"
    deep.mkdir()
    here = os.open(deep, os.O_RDONLY)
    for _ in range(1500):  # deeper than a path may be long
        os.mkdir("03_modulelist", dir_fd=here)
        inner = os.open("03_modulelist", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    ana, bo = find(tmp_path)
    assert "There is no modulelist.py in the folder 03_modulelist/" in ana.problem
    assert bo.files
    assert not list(remove(deep))


def test_of_a_folder_of_very_many_files_only_some_are_looked_at(tmp_path):
    folder = tmp_path / "ana"
    write(folder / MAIN)
    for number in range(MAX_ENTRIES + 500):
        (folder / f"m{number}.py").touch()
    assert len(names_in(folder)) == MAX_ENTRIES
    found = the_only(find(folder))
    assert found.files[MAIN] == SOURCE
    assert len(found.files) <= MAX_FILES + 1


def test_a_link_to_nowhere_is_said_too(tmp_path):
    (tmp_path / "ana").mkdir()
    (tmp_path / "ana" / MAIN).symlink_to("nowhere")
    assert "symbolic link" in the_only(find(tmp_path / "ana")).problem


def test_a_pipe_is_not_waited_for(tmp_path):
    (tmp_path / "ana").mkdir()
    os.mkfifo(tmp_path / "ana" / MAIN)
    found = the_only(find(tmp_path / "ana"))
    assert (found.problem, found.ungraded) == ("modulelist.py is not an ordinary file.", True)


def test_a_large_file_is_not_read(tmp_path):
    file = write(tmp_path / "ana" / MAIN)
    os.truncate(file, 100 << 20)
    found = the_only(find(file))
    assert found.problem == "modulelist.py has 100.0 MB; at most 1 MB are read."
    assert (found.ungraded, found.files) == (True, {})


def test_a_file_of_exactly_one_megabyte_is_read(tmp_path):
    data = SOURCE + b"#" * ((1 << 20) - len(SOURCE))
    assert read(data, tmp_path).files == {MAIN: data}
    assert read(data + b"#", tmp_path).ungraded


def test_a_notebook_that_can_not_be_read_is_named(tmp_path):
    write(tmp_path / "ana" / "modulelist.ipynb", b"{")
    found = the_only(find(tmp_path / "ana"))
    assert found.problem.startswith("modulelist.ipynb: it is not a notebook that can be read")
    assert not found.ungraded


@contextmanager
def nobody():
    """Root may read everything, so as root become somebody who may not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_without_permission_is_said():
    with tempfile.TemporaryDirectory() as temporary:  # pytest's own folder is closed to others
        folder = Path(temporary)
        folder.chmod(0o755)
        write(folder / MAIN).chmod(0)
        with nobody():
            found = read_submission(Place("ana", LIST, folder / MAIN))
    assert found.problem == "modulelist.py could not be read: Permission denied."
    assert found.ungraded


# --- modules beside it -------------------------------------------------------------------------------------


def test_the_modules_beside_a_file_are_read_with_it(tmp_path):
    write(tmp_path / "ana" / MAIN)
    write(tmp_path / "ana" / "helpers.py", b"y = 2\n")
    write(tmp_path / "ana" / "not-a-module.py")
    write(tmp_path / "ana" / "data.csv")
    write(tmp_path / "ana" / "package" / "deep.py")
    assert the_only(find(tmp_path / "ana")).files == {MAIN: SOURCE, "helpers.py": b"y = 2\n"}


def test_a_module_beside_it_that_can_not_be_read_is_left_out(tmp_path):
    write(tmp_path / "ana" / MAIN)
    os.mkfifo(tmp_path / "ana" / "pipe.py")
    (tmp_path / "ana" / "link.py").symlink_to(write(tmp_path / "secret.py"))
    os.truncate(write(tmp_path / "ana" / "large.py"), 100 << 20)
    found = the_only(find(tmp_path / "ana"))
    assert (found.problem, found.files) == ("", {MAIN: SOURCE})


def test_the_number_and_size_of_modules_beside_it_is_limited(tmp_path):
    write(tmp_path / "ana" / MAIN)
    for index in range(60):
        write(tmp_path / "ana" / f"m{index:02}.py", b"#" * 100_000)
    files = the_only(find(tmp_path / "ana")).files
    assert MAIN in files
    assert "m00.py" in files
    assert len(files) <= 51
    assert sum(map(len, files.values())) <= 4 << 20
