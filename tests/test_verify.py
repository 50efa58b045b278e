"""`kata verify` proves a sound exercise, and says what is wrong with one that is not."""

import json

import pytest

from grader.authoring import proof, stubs, verify
from grader.exercise import load
from grader.verdict import SandboxMode


def problems(root, check):
    exercise = load(root, "01_twice")
    if check is proof.check_suites:
        return [says for _, says in check([exercise], seed=0, tell=lambda _: None, strict=True)]
    return [str(problem) for problem in check(exercise if check is verify.check_files else [exercise])]


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def record(toy, name, **entry):
    path = toy / "tests/bank/01_twice/fingerprints.json"
    prints = json.loads(path.read_text())
    prints["mistakes"][name] |= entry
    path.write_text(json.dumps(prints))


@pytest.mark.timeout(300)
def test_a_sound_exercise_is_proven(toy):
    assert verify.verify([load(toy, "01_twice")], seeds=[0], record=True) == []


def break_a_right_answer(toy):
    edit(toy / "tests/bank/01_twice/right/a1.py", "x * 2", "x * 3")
    return "right/a1.py: a right answer must get full marks"


def mend_a_wrong_answer(toy):
    edit(toy / "tests/bank/01_twice/wrong/a0.py", "x + 2", "x + x")
    return "number-0: a wrong answer got full marks"


def edit_the_stub(toy):
    edit(toy / "exercises/01_twice/twice.py", "Every value", "Each value")
    return "twice.py is not what its reference gives; run `kata stub 01_twice`"


def remove_a_hint(toy):
    edit(toy / "exercises/01_twice/exercise.toml", '"Use the operator *.", ', "")
    return "there must be three hints"


def empty_a_hint(toy):
    edit(toy / "exercises/01_twice/exercise.toml", "Use the operator *.", "")
    return "there must be three hints"


def break_the_reference(toy):
    edit(toy / "solutions/01_twice/twice.py", "return 2 * x", "return x.no_such_thing")
    return "The reference solution failed"


def change_the_points(toy):
    edit(toy / "exercises/01_twice/exercise.toml", "points = 4", "points = 5")
    return "exercise.toml says 5 points, the hidden suite gives 4"


def claim_another_failure(toy):
    record(toy, "number-1", fails={"test_zero": ["", ""]})
    return "number-1: it also fails test_doubles, other than was recorded"


def claim_other_words(toy):
    record(toy, "number-1", fails={"test_doubles": ["", "thrice"]})
    return "Recorded was: thrice"


def leave_out_the_mistake(toy):
    edit(toy / "tests/bank/01_twice/wrong/a0.py", "mistake: number-0\n", "")
    return "has no line 'mistake: ...'"


def leave_out_the_fingerprint(toy):
    edit(toy / "tests/bank/01_twice/fingerprints.json", '"number-1"', '"number-01"')
    return "fingerprints.json does not fit the bank (number-01 and number-1)"


def keep_the_fingerprint_only(toy):
    (toy / "tests/bank/01_twice/wrong/a0.py").unlink()
    return "fingerprints.json does not fit the bank (number-0)"


def change_the_base(toy):
    edit(toy / "tests/bank/01_twice/right/a0.py", "x + x", "2.0 * x")
    return "'number-1', an edit of 'a0': each key of change must occur exactly once"


def thin_the_bank(toy):
    (toy / "tests/bank/01_twice/wrong/a0.py").unlink()
    return "the bank has 11 wrong answers; at least 12 are needed"


def leave_out_a_section(toy):
    edit(toy / "exercises/01_twice/README.md", "## Under the hood", "## More")
    return "the lesson has no section '## Under the hood'"


def break_the_lesson(toy):
    edit(toy / "exercises/01_twice/README.md", "assert 2 * 3 == 6", "assert 2 * 3 == 7")
    return "the block at line 10: AssertionError"


def give_the_probe_the_answer(toy):
    edit(
        toy / "tests/hidden/01_twice/test_twice_hidden.py",
        "    return exercise.twice(torch.zeros(1))",
        "    return reference",
    )
    return "the probe run_zero uses 'reference'"


def write_much(toy):
    edit(toy / "exercises/01_twice/README.md", "`twice(x)` gives", f"{'Then again: ' * 60} `twice(x)` gives")
    return "'What to write' has 68% of the words"


def change_the_minutes(toy):
    edit(toy / "exercises/01_twice/exercise.toml", "minutes = 5", "minutes = 15")
    return "the lesson has no line 'Difficulty ●○○○○ · 15 minutes · 4 points'"


def make_a_visible_test_pass_on_the_stub(toy):
    edit(toy / "exercises/01_twice/test_twice.py", "assert twice(torch.tensor(2.0)) == 4.0", "assert twice")
    return "the visible test_doubles passes on the untouched stub"


def break_a_visible_test(toy):
    edit(toy / "exercises/01_twice/test_twice.py", "== 4.0", "== 5.0")
    return "the visible test_doubles fails on the reference"


def give_the_stub_marks(toy):
    suite = toy / "tests/hidden/01_twice/test_twice_hidden.py"
    suite.write_text(
        suite.read_text() + '\n\n@pytest.mark.points(1)\ndef test_free(student):\n    """Free"""\n'
    )
    return "the untouched stub: it gets 1 points, from test_free"


BREAKS = {
    verify.check_files: [
        edit_the_stub, remove_a_hint, empty_a_hint, leave_out_the_mistake, leave_out_the_fingerprint,
        keep_the_fingerprint_only, change_the_base, thin_the_bank, leave_out_a_section, break_the_lesson,
        give_the_probe_the_answer, write_much, change_the_minutes,
    ],
    verify.check_visible_tests: [
        make_a_visible_test_pass_on_the_stub, break_a_visible_test,
    ],
    proof.check_suites: [
        break_a_right_answer, mend_a_wrong_answer, break_the_reference, change_the_points, claim_another_failure,
        claim_other_words, give_the_stub_marks,
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("check", "change"),
    [(check, change) for check, changes in BREAKS.items() for change in changes],
    ids=lambda function: function.__name__,
)
def test_what_is_wrong_is_said(check, change, toy):
    says = change(toy)
    found = problems(toy, check)
    assert any(says in problem for problem in found), found


@pytest.mark.timeout(300)
def test_visible_tests_that_catch_too_little_are_a_problem_if_strict(toy):
    exercise = load(toy, "01_twice")
    assert proof.record_all(exercise, SandboxMode.FULL)
    assert verify.visible_share(exercise) == 0.75
    assert list(verify.check_visible_tests([exercise], strict=True)) == []
    for number in range(12):
        record(toy, f"number-{number}", visible=False)
    (problem,) = verify.check_visible_tests([exercise], strict=True)
    assert "the visible tests catch 0% of the wrong answers" in str(problem)
    edit(
        toy / "exercises/01_twice/test_twice.py", "== 4.0", "== 4.0 and 'mul' not in twice.__code__.co_names"
    )
    assert "have changed since" in str(next(verify.check_visible_tests([exercise], strict=True)))
    proof.record_all(exercise, SandboxMode.FULL)
    (problem,) = verify.check_visible_tests([exercise], strict=True)
    assert "a visible test fails on right/a3.py, which is a right answer" in str(problem)


def test_where_the_stub_has_a_broken_part_a_visible_test_may_show_it(toy):
    reference, stub = toy / "solutions/01_twice/twice.py", toy / "exercises/01_twice/twice.py"
    broken = "    ### BEGIN BROKEN\n    # return [x]\n    ### END BROKEN\n"
    edit(reference, "    ### END SOLUTION", f"{broken}    ### END SOLUTION")
    stubs.write_stub(load(toy, "01_twice"))
    assert "return [x]" in stub.read_text()
    assert problems(toy, verify.check_visible_tests) == []
    edit(reference, broken, "")
    says, *_ = problems(toy, verify.check_visible_tests)
    assert "does not say what to write" in says
