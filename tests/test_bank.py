"""The bank: how mistakes are written down and read, what is refused, and `kata bank`."""

import ast
import json
import re
import textwrap

import pytest

from grader.exercise import ExerciseError, load, load_all
from grader.judge.bank import edited, known_mistakes
from grader.judge.fingerprints import Fingerprint
from tests.conftest import PROJECT
from tests.test_cli import kata

EXERCISES = load_all(PROJECT)
RIGHT = textwrap.dedent('''
    """A right answer."""
    from torch import nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, x):
            for _ in range(2):
                x = self.layer(x)
            return x
''').lstrip()


# --- edits -------------------------------------------------------------------------------------------------


def lines_changed(change):
    """What edits take out of RIGHT and put in, as the lines of a diff without context."""
    old, new = RIGHT.splitlines(), edited(RIGHT, change).splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_an_edit_may_be_a_part_of_a_line():
    change = {"nn.Linear(2, 2)": "nn.Linear(2, 3)"}
    out, put = lines_changed(change)
    assert out == ["        self.layer = nn.Linear(2, 2)"]
    assert put == ["        self.layer = nn.Linear(2, 3)"]


def test_lines_that_are_put_in_are_indented_as_what_they_replace():
    change = {
        "x = self.layer(x)": """
            if x.ndim:
                x = self.layer(x)
        """,
    }
    assert "\n            if x.ndim:\n                x = self.layer(x)\n        return" in edited(
        RIGHT, change
    )


@pytest.mark.parametrize("margin", ["", "    ", " " * 12])
def test_whole_lines_may_be_indented_as_it_looks_best(margin):
    old = f"\n{margin}for _ in range(2):\n{margin}    x = self.layer(x)\n"
    new = f"\n{margin}x = self.layer(x)\n"
    assert lines_changed({old: new}) == (
        ["        for _ in range(2):", "            x = self.layer(x)"],
        ["        x = self.layer(x)"],
    )


def test_what_is_put_in_may_be_less_indented_than_what_goes():
    change = {
        """
                x = self.layer(x)
            return x
        """: """
            return self.layer(x)
        """,
    }
    assert lines_changed(change)[1] == ["        return self.layer(x)"]


def test_empty_lines_within_are_kept():
    change = {
        """
                self.layer = nn.Linear(2, 2)

            def forward(self, x):
        """: """
            def forward(self, x):

                self.layer = nn.Linear(2, 2)
        """,
    }
    assert "\n    def forward(self, x):\n\n        self.layer = nn.Linear(2, 2)\n        for _" in edited(
        RIGHT, change
    )


def test_a_line_of_which_nothing_is_left_goes():
    change = {"super().__init__()": "", "\n    x = self.layer(x)\n": ""}
    assert edited(RIGHT, change).count("\n") == RIGHT.count("\n") - 2


def test_edits_are_found_in_the_base_and_not_in_each_other():
    assert edited("a b", {"a": "b", "b": "a"}) == "b a"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dropout": ""}, "occurs nowhere:\ndropout"),
        ({"layer": "l"}, "occurs 2 times; show more of what is around it:\nlayer"),
        ({"\nlayer\n": "l"}, "occurs nowhere:\nlayer"),
        ({"": "x"}, "occurs nowhere"),
        ({"return x": "return y", "x\n": "z"}, "occurs nowhere"),
        ({"for _ in range(2):": "", "range(2)": "range(3)"}, "two changes overlap"),
    ],
)
def test_a_key_that_does_not_occur_exactly_once_is_refused(change, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        edited(RIGHT, change)


# --- files -------------------------------------------------------------------------------------------------


@pytest.fixture
def bank(tmp_path):
    """Writes the files of a bank with one right answer; returns its exercise."""

    def write(mistakes="", fingerprints='{"mistakes": {}}', **wrong):
        folder = tmp_path / "tests/bank/01_net"
        for kind in ("right", "wrong"):
            (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / "right/plain.py").write_text(RIGHT)
        (folder / "mistakes.py").write_text(mistakes)
        (folder / "fingerprints.json").write_text(fingerprints)
        for name, text in wrong.items():
            (folder / "wrong" / f"{name}.py").write_text(text)
        exercise = tmp_path / "exercises/01_net/exercise.toml"
        exercise.parent.mkdir(parents=True, exist_ok=True)
        exercise.write_text(
            'title = ""\npoints = 1\ndifficulty = 1\nminutes = 1\nconcepts = []\nprerequisites = []\nhints = []'
        )
        return load(tmp_path, "01_net")

    return write


ONCE = 'mistake("once", base="plain", says="It runs once.", source="https://a.b", change={"(2):": "(1):"})\n'


def test_a_mistake_is_its_base_with_the_edit_and_what_is_recorded(bank):
    fails = {"test_a": ["Net", "twice"], "test_b@cuda": ["Net", "not there"]}
    print_of_it = {"score": 7.5, "fails": fails, "rules": {"test_rules[any-batch]": "Net"}}
    prints = json.dumps({"mistakes": {"once": print_of_it}})
    (known,) = known_mistakes(bank(f'"""Doc."""\nfrom grader.judge.bank import mistake\n{ONCE}', prints))
    assert known.text == RIGHT.replace("range(2)", "range(1)")
    assert (known.name, known.base, known.says, known.source) == (
        "once",
        "plain",
        "It runs once.",
        "https://a.b",
    )
    assert known.recorded == Fingerprint(
        7.5, {name: tuple(words) for name, words in fails.items()}, {"test_rules[any-batch]": "Net"}
    )
    assert known.recorded.fails_in("Net") == {"test_a", "test_b@cuda"}
    assert known.path.name == "mistakes.py"


def test_a_mistake_may_be_a_file_of_its_own(bank):
    text = '"""mistake: alone\nIt stands\nalone.\nsource: https://a.b\n"""\nx = 1 +\n'
    (known,) = known_mistakes(bank(alone=text))
    assert (known.name, known.says, known.source) == ("alone", "It stands alone.", "https://a.b")
    assert (known.text, known.base) == (text, "")


def test_another_form_of_a_mistake_is_told_in_the_words_of_the_first(bank):
    never = 'mistake("never", form_of="once", base="plain", change={"(2)": "(0)"})\n'
    known = known_mistakes(bank(never + ONCE))
    assert [(each.name, each.form_of, each.says) for each in known] == [
        ("never", "once", "It runs once."),
        ("once", "", "It runs once."),
    ]


def test_all_problems_are_told_and_the_rest_is_read(bank):
    problems = []
    exercise = bank(f"{ONCE}mistake(1)\nmistake(2)\n", other='"""No name."""')
    assert [known.name for known in known_mistakes(exercise, problems.append)] == ["once"]
    assert len(problems) == 3


@pytest.mark.parametrize(
    ("mistakes", "says"),
    [
        ("mistake(", "mistakes.py, line 1: '(' was never closed."),
        ("x = 1", "mistakes.py, line 1: nothing but mistake(...) can stand here."),
        ("mistake('a', base='plain', says='', change=f())", "line 1: mistake(...) can't be read"),
        ("mistake('a', base='plain')", "can't be read: missing a required argument: 'change'."),
        ("mistake('a', base='plain', change={}, fails='')", "got an unexpected keyword argument 'fails'."),
        ("mistake('a', base='plain', change={'a': 1})", "takes strings, and a dict of strings as 'change'"),
        ("mistake('a', base='plain', change=['a'])", "takes strings, and a dict of strings as 'change'"),
        (ONCE.replace("plain", "fancy"), "'once' has the base 'fancy', but there is no tests/bank/01_net/right/fancy.py"),
        (ONCE.replace("plain", "reference"), "but there is no solutions/01_net/net.py"),
        (ONCE.replace("(2):", "(3):"), "'once', an edit of 'plain': each key of change must occur exactly once"),
        (ONCE.replace("(1):", "(2):"), "'once' is the same as its base 'plain'"),
        (ONCE.replace('says="It runs once.", ', ""), "'once' has no sentence on the mistake"),
        (ONCE + ONCE, "'once' is there twice, in mistakes.py; rename one"),
        (ONCE.replace("says", 'form_of="other", says'), "'once' is a form of 'other', which is no mistake of its own"),
    ],
)  # fmt: skip
def test_what_is_not_in_order_is_refused_with_the_mistakes_name(mistakes, says, bank):
    with pytest.raises(ExerciseError) as error:
        known_mistakes(bank(mistakes))
    assert says in str(error.value)
    assert "mistakes.py" in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('"""Nothing."""', "alone.py: the docstring has no line 'mistake: ...'."),
        ('"""mistake: alone"""', "alone.py: the docstring has no sentence on the mistake."),
        ('"""mistake: once\nAgain."""', "'once' is there twice, in alone.py and mistakes.py"),
    ],
)
def test_a_file_whose_docstring_is_not_complete_is_refused(text, says, bank):
    with pytest.raises(ExerciseError) as error:
        known_mistakes(bank(ONCE, alone=text))
    assert says in str(error.value)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"mistakes": {"once": 1}}', '{"mistakes": {"once": {"fails": []}}}']
)
def test_fingerprints_that_can_not_be_read_are_refused(text, bank):
    with pytest.raises(ExerciseError, match=r"fingerprints\.json can't be read"):
        known_mistakes(bank(ONCE, text))


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_no_mistake_stands_in_the_bank_twice(exercise):
    texts = [ast.dump(ast.parse(known.text)) for known in known_mistakes(exercise)]
    assert len(texts) == len(set(texts))


def test_a_recorded_fingerprint_belongs_to_what_a_verdict_depends_on(toy):
    exercise = load(toy, "01_twice")
    before = exercise.suite_digest()
    path = exercise.bank / "fingerprints.json"
    prints = json.loads(path.read_text())
    prints["mistakes"]["number-1"]["score"] += 1
    path.write_text(json.dumps(prints))
    assert exercise.suite_digest() != before


# --- kata bank ---------------------------------------------------------------------------------------------


def test_kata_bank_lists_the_mistakes_one_a_line(toy):
    result = kata("bank", "twice", root=toy)
    lines = result.stdout.splitlines()
    assert len(lines) == 12
    assert lines[0] == "number-0: Returns x + 2."
    assert result.returncode == 0


def test_kata_bank_prints_one_answer(toy):
    result = kata("bank", "01", "number-1", root=toy)
    assert result.stdout == (toy / "tests/bank/01_twice/right/a0.py").read_text().replace("x + x", "x")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nubmer-1", "There is no mistake 'nubmer-1' in the bank of 01_twice. Close to it: number-1"),
        ("zzz", "There is no mistake 'zzz' in the bank of 01_twice. `kata bank 01` lists them."),
    ],
)
def test_kata_bank_names_what_is_close_to_an_unknown_name(name, says, toy):
    result = kata("bank", "01", name, root=toy)
    assert (result.returncode, result.stdout) == (2, "")
    assert says in result.stderr
