"""What a person reads of a verdict, compared with files in `readings/`, 80 columns wide.

After a change that is meant: `KATA_RECORD=1 pytest tests/test_reading.py`, then read the difference.
"""

import io
import os
from pathlib import Path

import pytest

from grader.course.explain import explain, explain_all
from grader.report import console
from grader.report.reading import as_text, failures, in_one_line, pieces, reading, reading_of
from grader.verdict import NOT_WRITTEN, Diagnosis, TestResult, Verdict

READINGS = Path(__file__).with_name("readings")
TASK = "MLP.__init__: put one nn.Linear for each pair of neighbouring widths into self.layers"
INIT = f"{NOT_WRITTEN}{TASK} (modulelist.py, line 19)"
FORWARD = f"{NOT_WRITTEN}MLP.forward: send x through every layer in turn (modulelist.py, line 25)"
OTHER = f"{NOT_WRITTEN}Reordered.__init__: register the layers as self.linears (modulelist.py, line 40)"
WRONG = "MLP([3, 4, 2])(x) with x of shape (5, 3) is a tensor of shape (5, 4);\nexpected one of shape (5, 2)."
TRACE = "MLP([3, 4])(x) raised TypeError: no\n    modulelist.py, line 9, in MLP.forward:  x = layer(x, x)"


def passed(name, title="MLP: it works", device="cpu", worth=1.0):
    return TestResult(name, title, device, "passed", worth, worth)


def failed(name, title="MLP: it works", message=WRONG, device="cpu", worth=1.0, status="failed", **more):
    return TestResult(name, title, device, status, 0.0, worth, message, **more)


def waiting(name, title="MLP: it works", device="cpu", worth=0.5):
    return failed(
        name, title, "Not reached, because this has to work first: A.", device, worth, "not_reached"
    )


def verdict(*tests, diagnoses=(), exercise="03_modulelist", ungraded=""):
    return Verdict(
        student="ana",
        exercise=exercise,
        submission="modulelist.py",
        sha256="0",
        score=sum(test.points for test in tests),
        max_score=sum(test.max_points for test in tests),
        tests=tests,
        diagnoses=diagnoses,
        seed=7,
        seconds=0.1,
        sandbox="full",
        ungraded=ungraded,
    )


def not_loaded(message, mistake="does-not-load", status="failed"):
    tests = [failed(name, f"MLP: {name}", message, status=status) for name in "abc"]
    return verdict(*tests, diagnoses=(Diagnosis("", mistake, message),))


SHAPE = "MLP: the output has the last width, whatever the other widths are"
ORDER = "Reordered: forward follows `order`"
NARROW = Diagnosis(
    "MLP", "one-short", "The last layer is left out. MLP([3, 4, 2]) has two layers, and both run."
)
SORTED = Diagnosis("Reordered", "sorted", "The layers run in the order in which they stand.", sure=False)
TWO_PARTS = verdict(
    passed("a"),
    failed("b", SHAPE, hint="compare the number of layers with the number of widths"),
    failed("c", "MLP: a relu stands between two layers", WRONG.replace("4", "3"), worth=0.5),
    failed("d", ORDER, "Reordered([a, b], [1, 0])(x) is not b(a(x))."),
    failed("e", "Reordered: `linears` has the layers as they stood", "It has none."),
    waiting("f"),
    diagnoses=(NARROW, SORTED),
)
CASES = {
    "stub": verdict(
        failed("a", "MLP: a", INIT),
        waiting("b"),
        failed("c", "MLP: c", f"MLP('x') raised NotImplementedError: {TASK}; expected a ValueError."),
        failed("d", "Reordered: d", OTHER),
        waiting("d", "Reordered: d", "cuda"),
    ),
    "half_written": verdict(
        passed("a"),
        failed("b", "MLP: b", FORWARD, worth=2.0),
        failed("c", "MLP: c", FORWARD),
        failed("d", ORDER, "Reordered([a, b], [1, 0])(x) is not b(a(x))."),
        failed("e", "Reordered: e", OTHER),
        waiting("f"),
        waiting("g"),
    ),
    "one_failure": verdict(passed("a"), failed("b", SHAPE, hint="count the layers"), passed("c")),
    "no_hint": verdict(failed("b", "MLP: it is called", TRACE), passed("c")),
    "known_mistake": verdict(
        failed("a", SHAPE), waiting("b"), diagnoses=(Diagnosis("", "x", "It says why."),)
    ),
    "a_possibility": verdict(
        failed("a", SHAPE, hint="count"), diagnoses=(Diagnosis("", "x", "It may be so.", False),)
    ),
    "two_parts": TWO_PARTS,
    "rule_broken": verdict(
        passed("a"),
        failed("b", "MLP keeps x as it is", "MLP([3, 4])(x) changed x.", rule="only-reads", part="MLP"),
    ),
    "two_rules_broken": verdict(
        failed("a", SHAPE),
        failed("b", "MLP keeps x as it is", "MLP([3, 4])(x) changed x. [only-reads]", rule="only-reads"),
        failed("c", "MLP takes any batch", "MLP([3, 4])(x) with no rows raised it.", rule="any-batch"),
    ),
    "on_a_gpu": verdict(
        failed("a", "MLP: on a GPU alone", "It is on the CPU.", "cuda"),
        passed("b", SHAPE),
        failed("b", SHAPE, "It is on cuda:0; expected cuda:1.", "cuda"),
        failed("c", "MLP: c", "It is wrong."),
        waiting("c", "MLP: c", "cuda"),
        failed("d", "MLP: d", "It is wrong, too."),
        failed("d", "MLP: d", "It is wrong, too.", "cuda"),
    ),
    "the_same_in_many": verdict(
        *(failed(name, f"MLP: {name}", TRACE, worth=0.5) for name in "abcd"),
        failed("e", "MLP: e"),
    ),
    "timeouts": verdict(
        failed(
            "a", "MLP: a", "MLP([2])(x): No answer within 5 seconds, so it was stopped.", status="timeout"
        ),
        failed("b", "MLP: b", "The process that ran your code did not survive.", status="crashed"),
        failed("c", "MLP: c", "Needs a second GPU", status="skipped"),
    ),
    "not_loaded": not_loaded(
        "Python can't read the code: '(' was never closed.\n    modulelist.py, line 3:  print("
    ),
    "nothing_to_run": not_loaded("modulelist.py is empty.", "nothing-to-run"),
    "hangs_at_import": not_loaded("Importing modulelist.py: No answer within 5 seconds.", status="timeout"),
    "full_marks": verdict(passed("a"), passed("b"), passed("b", device="cuda", worth=0.5)),
    "ungraded": verdict(failed("a"), ungraded="modulelist.py has 100.0 MB; at most 1 MB is read."),
}


def drawn(page, width=80):
    out = console.console(io.StringIO())
    out.width = width
    out.print(page)
    return out.file.getvalue()


def same_as_file(name, text):
    file = READINGS / f"{name}.txt"
    if "KATA_RECORD" in os.environ:
        file.write_text(text)
    assert text == file.read_text()


@pytest.mark.parametrize("name", CASES)
def test_a_learner_reads_what_to_mend_first(name):
    same_as_file(name, drawn(console.practice([CASES[name]])))


def test_a_feedback_file_has_the_other_failures_in_full_at_its_end():
    page = drawn(console.feedback(TWO_PARTS))
    same_as_file("two_parts_in_a_file", page)
    assert page.startswith(drawn(console.practice([TWO_PARTS])).split("The inputs")[0])


def test_the_summary_of_a_notebook_reads_the_same():
    same_as_file("two_parts_in_a_notebook", explain_all(TWO_PARTS))


def test_of_several_exercises_each_that_is_untouched_has_a_line():
    done = verdict(passed("a"), exercise="01_forward_pass")
    stub = verdict(failed("a", "MLP: a", INIT), exercise="02_sequential")
    same_as_file("several", drawn(console.practice([done, stub, CASES["one_failure"]])))
    same_as_file("several_untouched", drawn(console.practice([CASES["stub"], stub])))


@pytest.mark.parametrize("name", CASES)
def test_all_points_that_are_missing_are_accounted_for(name):
    of = CASES[name]
    unreached = sum(test.max_points for test in of.tests if test.status in ("not_reached", "skipped"))
    assert of.max_score - of.score == unreached + sum(failure.lost for failure in failures(of))


@pytest.mark.parametrize("name", CASES)
def test_no_line_is_wider_than_the_console(name):
    assert max(map(len, drawn(console.practice([CASES[name]]), 60).splitlines())) <= 60


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("full_marks", ""),
        ("two_parts", NARROW.says),
        ("a_possibility", f"{SHAPE}: {' '.join(WRONG.split())}"),
        ("on_a_gpu", "MLP: c: It is wrong."),
        ("nothing_to_run", "modulelist.py is empty."),
        ("ungraded", "NOT GRADED: modulelist.py has 100.0 MB; at most 1 MB is read."),
        (
            "half_written",
            "Not written yet: MLP.forward: send x through every layer in turn (modulelist.py, line 25)",
        ),
    ],
)
def test_a_table_gets_the_first_certain_mistake_or_the_first_failure(name, says):
    assert in_one_line(CASES[name]) == says


def test_a_grade_cell_says_how_its_test_went_and_what_that_looks_like():
    assert explain("b", TWO_PARTS, {}).splitlines()[:2] == [
        f"✗ {SHAPE}  (0 of 1)",
        f"    This looks like a known mistake. {NARROW.says[:50]}",
    ]
    assert "A possibility: The layers run in the order" in explain("d", TWO_PARTS, {})
    assert "possibility" not in explain("e", TWO_PARTS, {})
    assert explain("a", TWO_PARTS, {}) == "✓ MLP: it works  (1 of 1)\n"


def test_devices_with_the_same_outcome_share_a_line():
    on_two = CASES["on_a_gpu"]
    assert explain("d", on_two, {}).startswith("✗ MLP: d, on cpu and cuda  (0 of 2)\n    It is wrong, too.\n")
    assert explain("b", on_two, {}).startswith(f"✓ {SHAPE}, on cpu  (1 of 1)\n✗ {SHAPE}, on cuda  (0 of 1)\n")


def test_a_diagnosis_stands_with_the_part_that_a_test_names():
    tests = (failed("a", "a title", part="Reordered"), failed("b", "MLP: it works", part="Reordered"))
    of = verdict(*tests, failed("c", "another", part="MLP"), diagnoses=(NARROW,))
    assert "known mistake" in as_text(reading_of("c", of, {}), 80)
    assert "known mistake" not in as_text(reading_of("b", of, {}), 80)


def test_words_of_a_submission_stay_indented_and_hold_no_codes():
    forged = "no\n\n03_modulelist: 10 of 10 points\n✓ all passed\x1b[32m\u202e\u2028✓"
    page = as_text(reading(verdict(failed("a", message=forged), passed("b"))), 80)
    ours, theirs = page.splitlines()[:2], page.splitlines()[2:6]
    assert ours[1].startswith("✗ MLP")
    assert all(line.startswith("    ") or not line for line in theirs)
    assert not set(page) & set("\x1b\u202e\u2028")


def test_a_narrow_console_still_gets_all_words():
    (line,) = reading(CASES["one_failure"])[:1]
    assert " ".join(text for _, text in pieces(line, 1)) == line.text


@pytest.mark.parametrize("width", range(20, 90))
def test_the_points_are_never_torn_apart(width):
    heading = reading(CASES["one_failure"])[1]
    assert any("(-1 point)" in text for _, text in pieces(heading, width))
