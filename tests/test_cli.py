"""The command `kata` as people run it: exit codes, what goes to which stream, and the files that are left."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from grader import __version__
from grader.exercise import load_all
from grader.judge.bank import known_mistakes
from grader.verdict import SandboxMode
from tests.conftest import PROJECT, toy_source, write_toy
from tests.test_notebook import notebook

SECRET = "KEEP-THIS-FROM-STUDENTS"
pytestmark = pytest.mark.timeout(180)  # the grading fixture starts two graders


def kata(*words, root=None, cwd=PROJECT):
    """Run the command to its end, away from any terminal."""
    env = {k: v for k, v in os.environ.items() if k not in ("KATA_ROOT", "FORCE_COLOR", "COLUMNS")}
    env["PYTHONUTF8"] = "1"
    if root:
        env["KATA_ROOT"] = str(root)
    command = [sys.executable, "-m", "grader", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, stdin=subprocess.DEVNULL, encoding="utf-8",
        timeout=55, check=False,
    )  # fmt: skip


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def files_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


# --- kata grade --------------------------------------------------------------------------------------------

RIGHT = toy_source("2 * x")
SHOUTS = toy_source("(_ for _ in ()).throw(ValueError('\\x1b[2Jgone'))")
GRADED = {  # student: the file's name, its contents, the points, words of the table
    "ana": ("twice.py", RIGHT, 4, ""),
    "bo": ("twice.py", toy_source("3 * x"), 0, "twice doubles every value"),
    "cleo": (
        "twice.py",
        b"x = 1\ny = 'caf\xe9'\n",
        0,
        "twice.py is not UTF-8 text (byte 15); save it as UTF-8.",
    ),
    "dan": ("twice.py", b"", 0, "twice.py is empty."),
    "eve": ("twice.py", "Dear Sir or Madam,\n", 0, "Python can't read the code"),
    "fay": ("Twice.py", RIGHT, 0, "There is no twice.py in the folder fay/; there is Twice.py."),
    "gus": ("twice.ipynb", notebook("%matplotlib inline", RIGHT), 4, ""),
    "hal": ("twice.ipynb", b"{", 0, "twice.ipynb: it is not a notebook that can be read"),
    "ida maria": ("twice.py", RIGHT, 4, ""),
    "Jürgen 李": ("twice.py", RIGHT, 4, ""),
    "kim": ("twice.py", SHOUTS, 0, "gone"),
    "\x1b[31mlou": ("twice.py", RIGHT, 4, ""),
}
UNGRADED = {
    "mia": "twice.py has 100.0 MB; at most 1 MB are read.",
    "nils": "It is a symbolic link; the file itself is needed.",
    "olga": "twice.py is not an ordinary file.",
}


class Class:
    """A class graded twice: all with everything written, then those who can be graded, as JSON."""

    def __init__(self, folder):
        self.root, self.out, self.json = folder / "root", folder / "out", folder / "json" / "all.json"
        write_toy(self.root)
        for student, (name, data, _, _) in GRADED.items():
            write(folder / "sound" / student / name, data)
        trouble = folder / "trouble"
        os.truncate(write(trouble / "mia" / "twice.py", ""), 100 << 20)
        for student in ("nils", "olga"):
            (trouble / student).mkdir()
        (trouble / "nils" / "twice.py").symlink_to(self.root / "solutions/01_twice/twice.py")
        os.mkfifo(trouble / "olga" / "twice.py")
        self.table = kata(
            "grade", folder / "sound", trouble, "--out", self.out, "--json", self.json, "--seed", 7,
            root=self.root,
        )  # fmt: skip
        self.again = kata("grade", folder / "sound", "--format", "json", "--seed", 7, root=self.root)
        self.verdicts = {verdict["student"]: verdict for verdict in json.loads(self.json.read_bytes())}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return Class(tmp_path_factory.mktemp("class"))


def test_grade_ends_with_3_where_one_could_not_be_graded(graded):
    assert graded.table.returncode == 3
    assert graded.table.stderr == (
        "12 of 15 graded, with seed 7.\n3 could not be graded: look for NOT GRADED.\n"
    )


def test_grade_ends_with_0_whatever_the_marks(graded):
    assert graded.again.returncode == 0
    assert graded.again.stderr == "12 of 12 graded, with seed 7.\n"


def test_every_student_has_a_verdict_in_order(graded):
    assert list(graded.verdicts) == sorted([*GRADED, *UNGRADED])


@pytest.mark.parametrize("student", GRADED)
def test_the_marks_are_those_that_the_answer_earned(student, graded):
    verdict, (_, _, points, says) = graded.verdicts[student], GRADED[student]
    assert (verdict["score"], verdict["max_score"]) == (points, 4)
    assert says in json.dumps(verdict, ensure_ascii=False)
    assert not verdict["ungraded"]


@pytest.mark.parametrize("student", UNGRADED)
def test_what_could_not_be_read_is_not_graded_and_says_why(student, graded):
    assert UNGRADED[student] in graded.verdicts[student]["ungraded"]
    assert graded.verdicts[student]["score"] == 0


def test_the_table_has_a_row_for_each_and_nothing_else_is_printed(graded):
    heading, *rows = graded.table.stdout.splitlines()
    assert heading.split() == ["student", "exercise", "points", "tests", "what", "to", "look", "at"]
    places = [str(graded.out / "feedback"), str(graded.out / "verdicts.json"), str(graded.json)]
    assert rows[-3:] == places
    names = [row.split("  ")[0] for row in rows[:-3]]
    assert names == [name.replace("\x1b", "�") for name in sorted([*GRADED, *UNGRADED])]


def test_a_row_says_points_tests_and_what_to_look_at(graded):
    rows = {row.split("  ")[0]: row for row in graded.table.stdout.splitlines()}
    assert re.search(r"01_twice +4/4 +2/2\s*$", rows["ana"])
    assert re.search(r"01_twice +0/4 +0/2 +twice doubles every value: twice\(x\), with", rows["bo"])
    assert re.search(r"NOT GRADED: twice\.py has 100\.0 MB", rows["mia"])
    assert {len(row) for row in rows.values() if "01_twice" in row and "李" not in row} == {120}


def test_no_terminal_codes_come_out_not_even_a_students_own(graded):
    feedback = [path.read_text("utf-8") for path in graded.out.rglob("*.txt")]
    written = [graded.json.read_text("utf-8"), *feedback]
    for text in (graded.table.stdout, graded.table.stderr, graded.again.stdout, *written):
        assert "\x1b" not in text
        assert "\r" not in text
    assert "[2Jgone" in (graded.out / "feedback/kim/01_twice.txt").read_text("utf-8")


def test_json_on_standard_output_is_what_a_file_would_hold(graded):
    printed = {verdict["student"]: verdict for verdict in json.loads(graded.again.stdout)}
    assert list(printed) == sorted(GRADED)
    assert set(printed["ana"]) == set(graded.verdicts["ana"])


def test_the_same_seed_gives_the_same_verdicts(graded):
    for verdict in json.loads(graded.again.stdout):
        once = graded.verdicts[verdict["student"]]
        assert verdict | {"seconds": 0} == once | {"seconds": 0}
        assert verdict["seed"] == 7


def test_both_files_of_verdicts_are_equal(graded):
    assert (graded.out / "verdicts.json").read_bytes() == graded.json.read_bytes()


def test_nothing_half_written_and_nothing_else_is_left(graded):
    feedback = {f"feedback/{student}/01_twice.txt" for student in graded.verdicts}
    assert files_in(graded.out) == {"verdicts.json", *feedback}
    assert files_in(graded.json.parent) == {"all.json"}


@pytest.mark.parametrize(
    ("student", "says"),
    [
        ("ana", "01_twice: 4 of 4 points, 2 of 2 tests passed."),
        ("bo", "Hint: multiply by two"),
        ("bo", "seed 7"),
        ("dan", "None of the tests could be run:\n    twice.py is empty."),
        ("mia", "This could not be graded: twice.py has 100.0 MB"),
    ],
)
def test_feedback_says_what_a_student_needs(student, says, graded):
    assert says in (graded.out / "feedback" / student / "01_twice.txt").read_text("utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A toy root, a class that could be graded, and things that can't."""
    folder = tmp_path_factory.mktemp("place")
    write_toy(folder / "root")
    write(folder / "class" / "ana" / "twice.py", RIGHT)
    write(folder / "nothing" / "notes.txt", "none")
    write(folder / "taken.txt", "mine")
    return folder


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("nobody", "kata: There is no file or folder '{}/nobody'."),
        ("nothing", "kata: There is nothing to grade in nothing: no file of the name twice.py was found."),
        ("class --exercise 9", "kata: There is no exercise '9'. There are: 01_twice."),
        ("class --out taken.txt", "kata: 'taken.txt' can't be written to, as a folder."),
        ("class --json nothing", "kata: 'nothing' can't be written to, as a file."),
        ("class --no-such-option", "No such option: --no-such-option"),
        ("class --seed -1", "Invalid value for '--seed'"),
        ("class --jobs 0", "Invalid value for '--jobs'"),
        ("class --format xml", "Invalid value for '--format'"),
        ("", "Missing argument 'PATH...'"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence_before_anything_is_graded(words, says, place):
    result = kata("grade", *words.split(), root=place / "root", cwd=place)
    assert result.returncode == 2
    assert says.format(place) in result.stderr
    assert "graded, with" not in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert (place / "taken.txt").read_text() == "mine"


def test_without_a_hidden_suite_grade_ends_with_3(toy):
    write(toy / "class" / "ana" / "twice.py", RIGHT)
    shutil.rmtree(toy / "tests" / "hidden")
    result = kata("grade", "class", root=toy, cwd=toy)
    assert result.returncode == 3
    assert "there is no hidden suite here for 01_twice" in result.stderr


def test_ctrl_c_ends_with_130_and_leaves_the_results_of_what_was_graded(toy, monkeypatch):
    from grader import marking

    def press_ctrl_c(done, of):
        raise KeyboardInterrupt

    for student in ("ana", "bo"):
        write(toy / "class" / student / "twice.py", RIGHT)
    monkeypatch.setenv("KATA_ROOT", str(toy))
    with pytest.raises(marking.Stopped, match="stopped after 1 of 2") as stopped:
        marking.grade(marking.Request([toy / "class"], json=toy / "v.json"), press_ctrl_c)
    assert stopped.value.exit_code == 130
    assert len(json.loads((toy / "v.json").read_bytes())) == 1


def test_without_the_full_sandbox_grade_ends_with_3_unless_told_otherwise(toy, monkeypatch, capsys):
    from grader import cli, marking
    from grader.grading import run

    write(toy / "class" / "ana" / "twice.py", RIGHT)
    monkeypatch.setenv("KATA_ROOT", str(toy))
    monkeypatch.setattr(run, "missing", lambda: ["Landlock"])
    monkeypatch.setattr(sys, "argv", ["kata", "grade", str(toy / "class")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    assert capsys.readouterr().err == (
        "kata: this system lacks, for the full sandbox: Landlock.\n"
        "Students' code would be able to reach the grader. If you accept that: --sandbox=reduced\n"
    )
    report = marking.grade(marking.Request([toy / "class"], mode=SandboxMode.REDUCED))
    assert [verdict.sandbox for verdict in report.verdicts] == ["reduced"]


# --- for learners ------------------------------------------------------------------------------------------


def test_list_shows_every_exercise():
    result = kata("list")
    rows = result.stdout.splitlines()[1:]
    assert result.returncode == 0
    assert [row.split()[0] for row in rows] == [exercise.name for exercise in load_all(PROJECT)]
    assert all(exercise.title in row for exercise, row in zip(load_all(PROJECT), rows, strict=True))


@pytest.mark.parametrize(
    ("words", "hint", "more"),
    [
        ("01", "What is two times x?", "Still stuck? kata hint 01 --level 2\n"),
        ("twice --level 2", "Use the operator *.", "Still stuck? kata hint 01 --level 3\n"),
        ("01_twice --level 3", "return 2 * x", ""),
    ],
)
def test_a_hint_is_all_that_is_printed_and_the_next_one_is_told_aside(words, hint, more, place):
    result = kata("hint", *words.split(), root=place / "root")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{hint}\n", more)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("hint 9", "kata: There is no exercise '9'. There are: 01_twice."),
        ("hint 1 --level 4", "Invalid value for '--level'"),
        ("hint", "Missing argument 'EX'"),
        ("check 01 nope", "kata: There is no exercise 'nope'. There are: 01_twice."),
        ("stub nope", "kata: There is no exercise 'nope'. There are: 01_twice."),
        ("no-such-command", "No such command 'no-such-command'"),
    ],
)
def test_other_commands_end_with_2_for_wrong_usage(words, says, place):
    result = kata(*words.split(), root=place / "root")
    assert (result.returncode, result.stdout) == (2, "")
    assert says in result.stderr


def test_where_there_are_no_exercises_it_says_what_to_do(tmp_path):
    result = kata("list", cwd=tmp_path)
    assert result.returncode == 2
    assert (
        "Change to the folder that holds 'exercises/', or name it in the variable KATA_ROOT." in result.stderr
    )
    result = kata("list", root=tmp_path)
    assert result.returncode == 2
    assert f"kata: KATA_ROOT is {tmp_path}, but there is no folder 'exercises' in it." in result.stderr


def test_exercises_are_found_from_a_folder_within(place):
    result = kata("list", cwd=place / "root" / "exercises" / "01_twice")
    assert "01_twice" in result.stdout


def test_bare_kata_shows_what_it_can_do():
    result = kata()
    for command in ("list", "hint", "check", "grade", "release", "stub", "verify"):
        assert re.search(rf"^\W*{command} +\w", result.stdout + result.stderr, re.MULTILINE), command
    assert "Traceback" not in result.stderr


def test_check_of_the_stub_ends_with_1_and_says_what_to_write(place):
    result = kata("check", root=place / "root")
    assert result.returncode == 1
    assert result.stdout == (
        "01_twice: 0 of 4 points, not started.\n"
        "✗ Not written yet: twice: double every value of x (twice.py, line 8)\n"
        "  2 tests wait for this.\n"
        "Stuck? kata hint 01\n"
    )


def test_check_of_a_fresh_project_has_a_line_for_each_exercise():
    result = kata("check")
    assert result.returncode == 1
    *lines, last = result.stdout.splitlines()
    assert lines == [f"{exercise.name}: not started." for exercise in load_all(PROJECT)]
    assert last == "Begin with exercises/01_forward_pass/README.md; then: kata check 01"


def test_check_of_a_right_answer_ends_with_0(toy):
    shutil.copy(toy / "solutions/01_twice/twice.py", toy / "exercises/01_twice/twice.py")
    result = kata("check", "twice", "--seed", "3", root=toy)
    assert (result.returncode, result.stderr) == (0, "")
    assert "01_twice: 4 of 4 points, 2 of 2 tests passed." in result.stdout


# --- for authors -------------------------------------------------------------------------------------------


def test_stub_check_sees_an_edit_and_stub_mends_it(toy):
    stub = toy / "exercises/01_twice/twice.py"
    cut = stub.read_text()
    assert kata("stub", "--check", root=toy).returncode == 0
    stub.write_text(cut + "\n# mine\n")
    result = kata("stub", "--check", root=toy)
    assert result.returncode == 1
    assert f"{stub} is not what its reference gives; run `kata stub 01`." in result.stdout
    assert stub.read_text() == cut + "\n# mine\n"
    assert kata("stub", root=toy).stdout == f"{stub} written.\n"
    assert stub.read_text() == cut
    assert kata("stub", "--check", root=toy).returncode == 0


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """This project, released."""
    folder = tmp_path_factory.mktemp("release") / "new" / "kata"
    result = kata("release", folder)
    assert result.returncode == 0, result.stderr
    assert result.stdout == (
        f"{folder}: {len(files_in(folder))} files, no solutions and no hidden tests among them.\n"
    )
    return folder


def test_a_release_holds_what_students_need_and_nothing_else(released):
    found = files_in(released)
    wanted = {"README.md", "pyproject.toml", "constraints.txt", "LICENSE"}
    for exercise in load_all(PROJECT):
        for path in (
            exercise.lesson,
            exercise.stub,
            exercise.visible_tests,
            exercise.folder / "exercise.toml",
        ):
            wanted.add(path.relative_to(PROJECT).as_posix())
    assert {name for name in found if not name.startswith("grader/")} == wanted
    assert {"grader/cli.py", "grader/__main__.py", "grader/py.typed"} <= found
    assert not [name for name in found if "__pycache__" in name]
    assert [path.name for path in released.parent.iterdir()] == [released.name]


def squeezed(text):
    """Text without indentation, comments at line ends aside, so that a copy is found wherever it stands."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def test_a_release_holds_no_solution_no_hidden_test_and_nothing_of_the_bank(released):
    texts = {path: squeezed(path.read_text("utf-8")) for path in released.rglob("*") if path.is_file()}
    secrets = {}
    for exercise in load_all(PROJECT):
        reference = exercise.reference.read_text("utf-8")
        blocks = re.findall(r"### BEGIN SOLUTION[^\n]*\n(.*?)### END SOLUTION", reference, re.DOTALL)
        assert blocks
        for block in blocks:
            if len(squeezed(block).splitlines()) > 1:
                secrets[squeezed(block)] = exercise.reference
        for path in [
            *exercise.suite.rglob("*.py"),
            *exercise.bank.rglob("*.py"),
            *exercise.bank.rglob("*.json"),
        ]:
            source = path.read_text("utf-8")
            secrets[squeezed(source)] = path
            for name in re.findall(r"^(def \w+\(.*\).*:)$", source, re.MULTILINE):
                if path.is_relative_to(exercise.suite):
                    secrets[name] = path
        for known in known_mistakes(exercise):
            secrets[squeezed(known.text)] = known.path
    assert len(secrets) > 100
    shown = {p: squeezed(p.read_text("utf-8")) for e in load_all(PROJECT) for p in (e.visible_tests, e.stub)}
    for secret, origin in secrets.items():
        if any(secret in text for text in shown.values()):
            continue  # a helper that the visible tests share
        for path, text in texts.items():
            assert secret not in text, f"{path} holds part of {origin}"


def test_nothing_secret_leaks_into_a_release(toy, tmp_path):
    for name in ("pyproject.toml", "constraints.txt", "LICENSE"):
        shutil.copy(PROJECT / name, toy)
    reference = toy / "solutions/01_twice/twice.py"
    reference.write_text(reference.read_text().replace("return 2 * x", f"# {SECRET}\n    return 2 * x"))
    marked = [path for path in (toy / "tests").rglob("*") if path.is_file()]
    assert len(marked) > 7
    for path in marked:
        path.write_text(path.read_text() + f"\n# {SECRET}\n")
    write(toy / "exercises/01_twice/mine.py", f"# {SECRET}")
    write(toy / "exercises/01_twice/twice.py", f"# {SECRET}, an author's own try, in place of the stub")
    result = kata("release", tmp_path / "out", root=toy)
    assert result.returncode == 0, result.stderr
    leaks = [p for p in (tmp_path / "out").rglob("*") if p.is_file() and SECRET.encode() in p.read_bytes()]
    assert leaks == []
    assert "raise NotImplementedError" in (tmp_path / "out/exercises/01_twice/twice.py").read_text()


def test_a_release_can_hold_some_exercises_only(tmp_path):
    first, *_, last = load_all(PROJECT)
    assert kata("release", tmp_path / "out", last.number).returncode == 0
    assert [path.name for path in (tmp_path / "out" / "exercises").iterdir()] == [last.name]
    assert first.name not in (tmp_path / "out" / "README.md").read_text("utf-8")


def test_a_second_release_to_the_same_folder_is_refused_and_changes_nothing(released):
    before = files_in(released)
    result = kata("release", released)
    assert result.returncode == 2
    assert f"kata: '{released}' is there already; name a new folder, or remove it first." in result.stderr
    assert files_in(released) == before
    assert [path.name for path in released.parent.iterdir()] == [released.name]


def test_the_released_program_works_where_it_is(released):
    result = kata("list", cwd=released)
    assert result.returncode == 0
    assert load_all(PROJECT)[0].name in result.stdout


def test_check_in_a_release_runs_the_visible_tests_and_says_so(released):
    first = load_all(PROJECT)[0]
    result = kata("check", first.number, root=released)
    assert result.returncode == 1
    assert "The hidden tests are not here, so these are the visible ones only.\n" in result.stderr
    assert "what to write first" in result.stdout
    assert "Traceback" not in result.stdout
    tests = re.findall(r"^def test_\w+\((.*)\)", first.visible_tests.read_text(), re.MULTILINE)
    cases = sum(2 if "device" in arguments else 1 for arguments in tests)
    assert re.search(rf"\b{cases} not written", result.stdout)


def test_the_program_has_the_version_of_its_package():
    package = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    assert package["project"]["version"] == __version__
