"""Verdicts: each kind of end, points, cases, `needs`, diagnosis, seeds, and a judge that goes on after it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.exercise import load
from grader.judge.bank import KnownMistake
from grader.judge.diagnosis import Diagnostician, alike
from grader.judge.fingerprints import Fingerprint
from grader.submission import Submission
from grader.suite.evidence import Observation
from grader.verdict import SandboxMode, TestResult
from grader.wire.case import CallCase
from grader.wire.commands import Limits
from tests.conftest import toy_source

RIGHT = toy_source("2 * x")


def statuses(verdict):
    return [test.status for test in verdict.tests]


@pytest.fixture(scope="module")
def verdicts(grading):
    """One session over answers that end in every way, with right ones between them."""
    sources = {
        "right": RIGHT,
        "wrong for many": toy_source("2 * x if x.numel() < 5 else x"),
        "wrong": toy_source("3 * x"),
        "raises": toy_source("x.no_such_thing"),
        "stub": toy_source("1").replace("return 1", "raise NotImplementedError('twice: double x')"),
        "exits": toy_source("__import__('os')._exit(0)"),
        "exits for one case": toy_source("2 * x if x.numel() < 5 else __import__('os')._exit(0)"),
        "hangs": toy_source("[None for _ in iter(int, 1)]"),
        "no data": toy_source("object()"),
        "syntax": "def twice(x)\n    return 2 * x\n",
        "no function": "x = 1\n",
        "dies at import": "import os\nos._exit(0)\n",
        "hangs at import": "while True:\n    pass\n",
        "null bytes": "x = '\0'\n",
        "prints and warns": "import warnings\nprint('hi')\nwarnings.warn('oh')\n" + toy_source("2 * x"),
        "right again": RIGHT,
    }
    found = grading(*sources.values(), limits=Limits(call=3.0, call_after_timeout=0.5))
    return dict(zip(sources, found, strict=True))


def test_a_right_answer_gets_full_marks_before_and_after_the_others(verdicts):
    for name in ("right", "right again", "prints and warns"):
        assert verdicts[name].score == verdicts[name].max_score == 4.0
        assert not verdicts[name].diagnoses


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("wrong", "failed", "twice(x), with 1 values, returned a tensor of the right shape (1,), but"),
        ("wrong for many", "failed", "twice(x), with 5 values, returned"),
        ("raises", "failed", "raised AttributeError: 'Tensor' object has no attribute 'no_such_thing'"),
        ("raises", "failed", "twice.py, line 6, in twice:  return x.no_such_thing"),
        ("stub", "failed", "This is not written yet: twice: double x (twice.py, line 6)"),
        ("exits", "crashed", "exit code 0"),
        ("exits for one case", "crashed", "with 5 values,: The process"),
        ("hangs", "timeout", "No answer within 3 seconds"),
        ("no data", "failed", "the result is of type object"),
        ("no function", "failed", "module 'twice' has no attribute 'twice'"),
    ],
)
def test_each_kind_of_failure_has_its_status_and_words(name, status, says, verdicts):
    first = verdicts[name].tests[0]
    assert first.status == status
    assert says in first.message
    assert first.points == 0


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("syntax", "failed", "Python can't read the code"),
        ("syntax", "failed", "twice.py, line 1"),
        ("dies at import", "crashed", "exit code 0"),
        ("hangs at import", "timeout", '__name__ == "__main__"'),
        ("null bytes", "failed", "null bytes"),
    ],
)
def test_a_module_that_does_not_load_says_so_in_every_test(name, status, says, verdicts):
    assert statuses(verdicts[name]) == [status, status]
    assert verdicts[name].diagnoses[0].mistake == "does-not-load"
    assert says in verdicts[name].diagnoses[0].says
    assert verdicts[name].score == 0


def test_what_needs_a_failed_test_is_not_reached(verdicts):
    assert statuses(verdicts["wrong"]) == ["failed", "not_reached"]
    assert "twice doubles every value" in verdicts["wrong"].tests[1].message


def test_points_belong_to_the_test_and_not_to_its_cases(verdicts):
    assert [test.max_points for test in verdicts["right"].tests] == [3.0, 1.0]
    assert verdicts["wrong for many"].score == 0


def test_the_hint_comes_with_the_failure(verdicts):
    assert verdicts["wrong"].tests[0].hint == "multiply by two"


def test_a_known_mistake_is_named_where_exactly_one_fits(toy):
    from grader.authoring.proof import record_all
    from tests.conftest import Grading

    record_all(load(toy, "01_twice"), SandboxMode.FULL)
    none, same_shape, two_fit = Grading(toy, "01_twice")(
        toy_source("print(x)"), toy_source("x.clone()"), toy_source("x.double()")
    )
    assert (none.diagnoses[0].mistake, none.diagnoses[0].says) == ("number-3", "Returns None.")
    assert same_shape.diagnoses[0].mistake == "number-1"
    assert not any(diagnosis.sure for diagnosis in two_fit.diagnoses)


def test_a_mistake_is_confirmed_by_the_values_that_it_gives(verdicts):
    """All mistakes of the toy fail the same test, and no words are recorded: the numbers tell them apart."""
    (diagnosis,) = verdicts["wrong"].diagnoses
    assert (diagnosis.mistake, diagnosis.sure) == ("number-4", True)


def test_a_mistake_that_would_fail_what_passes_is_no_candidate():
    def known(name, **fails):
        said = {test: (part, "wrong") for test, part in fails.items()}
        return KnownMistake(Path(), name, name, "", "", "", "", recorded=Fingerprint(0, said))

    def result(name, status, part):
        return TestResult(name, "", "cpu", status, 0, 1, "wrong" if status == "failed" else "", part=part)

    names, both = (
        known("names", test_slices="Slices"),
        known("both", test_slices="Slices", test_builds="Building"),
    )
    diagnostician = Diagnostician([names, both], None, None, 0)
    slices = result("test_slices", "failed", "Slices")
    (diagnosis,) = diagnostician.diagnose([slices, result("test_builds", "passed", "Building")], {})
    assert diagnosis.mistake == "names"
    told = diagnostician.diagnose([slices, result("test_builds", "not_reached", "Building")], {})
    assert [(one.mistake, one.sure) for one in told] == [("names", False), ("both", False)]


def test_the_same_numbers_with_other_waits_are_another_answer():
    def seen(waits):
        found = Observation(CallCase("twice(2.0)", dict), "cuda:1", whole=False)
        found.take("run", {"result": 4.0, "traffic": {"synchronisations": waits}}, "twice(2.0)")
        return found

    assert alike(seen(1), seen(1))
    assert not alike(seen(1), seen(2))


def test_the_seed_decides_the_inputs_and_nothing_else(grading):
    source = toy_source("(_ for _ in ()).throw(ValueError(x.tolist()))")
    one, two = grading(source, source, seed=1)
    (other,) = grading(source, seed=2)
    assert one.tests[0].message == two.tests[0].message
    assert one.tests[0].message != other.tests[0].message
    assert (one.seed, other.seed) == (1, 2)


def test_a_verdict_says_what_it_was_made_with(verdicts):
    data = verdicts["right"].to_json()
    assert set(data) == {
        "student", "exercise", "submission", "sha256", "score", "max_score", "tests", "diagnoses", "seed",
        "seconds", "sandbox", "versions", "format", "flags", "late", "attempt", "found_as", "ungraded",
    }  # fmt: skip
    assert set(data["tests"][0]) == {
        "name", "title", "device", "status", "points", "max_points", "message", "hint", "rule", "part",
    }  # fmt: skip
    assert set(data["versions"]) == {"grader", "torch", "suite"}
    assert data["versions"]["suite"].startswith("sha256:")
    assert data["sandbox"] == "full"


def test_a_verdict_says_whether_the_stub_came_back_as_it_was(grading, toy):
    stub = (toy / "exercises/01_twice/twice.py").read_text()
    untouched, touched = grading(stub, stub + "# I tried\n")
    assert untouched.flags == ("is the stub as it was given out",)
    assert touched.flags == ()


def test_a_broken_reference_is_nobodys_failure(toy):
    from tests.conftest import Grading

    reference = toy / "solutions/01_twice/twice.py"
    reference.write_text(reference.read_text().replace("return 2 * x", "return x.no_such_thing"))
    (verdict,) = Grading(toy, "01_twice")(RIGHT)
    assert "The reference solution failed" in verdict.ungraded
    assert statuses(verdict) == ["skipped", "skipped"]


def test_a_suite_that_can_not_be_collected_says_where(toy):
    from grader.grading.pool import PoolError
    from tests.conftest import Grading

    suite = toy / "tests/hidden/01_twice/test_twice_hidden.py"
    suite.write_text(suite.read_text() + "\nimport no_such_module\n")
    with pytest.raises(PoolError, match="no_such_module"):
        Grading(toy, "01_twice")(RIGHT)


def test_two_judges_give_the_same_verdicts_as_one(grading):
    sources = [RIGHT, toy_source("3 * x"), toy_source("x"), RIGHT, "x =\n"]
    one, two = grading(*sources), grading(*sources, jobs=2)
    assert [v.tests for v in one] == [v.tests for v in two]


def test_a_submission_without_a_file_gets_a_verdict(grading):
    from grader.grading.pool import grade

    missing = Submission(
        "ana", "01_twice", "ana", "twice.py", problem="There is no twice.py in the folder ana/."
    )
    (verdict,) = grade(grading.root, [missing], seed=1)
    assert verdict.score == 0
    assert verdict.diagnoses[0].says == missing.problem
    assert not verdict.ungraded


def test_a_judge_that_dies_is_replaced_and_its_submission_tried_again(grading, monkeypatch):
    """Killed twice, with the same submission in hand: that one is ungraded, the others are graded."""
    import os
    import signal

    from grader.grading import pool

    main = "twice.py"
    submissions = [
        Submission(name, "01_twice", name, main, {main: source.encode()})
        for name, source in (
            ("ana", RIGHT),
            ("bo", toy_source("[None for _ in iter(int, 1)]")),
            ("cleo", RIGHT),
        )
    ]
    give = pool.JudgeProcess.give

    def give_and_kill(self, submission, seconds):
        give(self, submission, seconds)
        if submission.student == "bo":
            os.kill(self.process.pid, signal.SIGKILL)

    monkeypatch.setattr(pool.JudgeProcess, "give", give_and_kill)
    verdicts = {verdict.student: verdict for verdict in pool.grade(grading.root, submissions, seed=1)}
    assert "died" in verdicts["bo"].ungraded
    assert verdicts["ana"].full_marks
    assert verdicts["cleo"].full_marks


def test_a_message_can_not_look_like_a_line_of_ours(grading):
    import io

    from grader.report.console import class_table, console, feedback

    text = "no\\n\\n01_twice: 4 of 4 points\\n\\u2713 twice doubles (3/3)\\x1b[32m\\u202e"
    inside, at_import = grading(
        toy_source(f"(_ for _ in ()).throw(ValueError('{text}'))"), f"raise ValueError('{text}')\n"
    )
    for verdict in (inside, at_import):
        stream = io.StringIO()
        console(stream).print(feedback(verdict))
        console(stream).print(class_table([verdict]))
        lines = stream.getvalue().splitlines()
        assert "\x1b" not in stream.getvalue()
        assert "\u202e" not in stream.getvalue()
        assert [line for line in lines if line.startswith(("01_twice: 4", "\u2713 twice doubles (3"))] == []


def test_a_worker_that_runs_out_of_memory_is_not_told_that_it_exited(grading):
    source = (
        toy_source("grow(x)")
        + "\n\ndef grow(x):\n    y = x.requires_grad_()\n    while True:\n        y = y * 1.0\n"
    )
    (verdict,) = grading(source)
    assert "exit code" not in verdict.tests[0].message
    assert verdict.tests[0].status in ("crashed", "failed", "timeout")


def test_a_skip_inside_a_test_is_a_skip(toy):
    from tests.conftest import Grading

    suite = toy / "tests/hidden/01_twice/test_twice_hidden.py"
    suite.write_text(suite.read_text() + "\n\ndef test_later():\n    pytest.skip('not yet')\n")
    (verdict,) = Grading(toy, "01_twice")(RIGHT)
    assert statuses(verdict) == ["passed", "passed", "skipped"]
    assert verdict.tests[2].message == "not yet"


# --- what a hidden test may be -----------------------------------------------------------------------------

REFUSED = {
    "def test_more(student, tmp_path): ...": "test_more: it asks for the fixture 'tmp_path'; a hidden test can have",
    "def test_more(student, no_such_thing): ...": "test_more: it asks for the fixture 'no_such_thing'",
    "@pytest.fixture\ndef three():\n    return 3\n\n\ndef test_more(three): ...": "the fixture 'three'",
    "@pytest.fixture(autouse=True)\ndef three():\n    yield": "the suite has a fixture 'three' of its own",
    "@pytest.fixture\ndef seed():\n    return 3\n\n\ndef test_more(seed): ...": "a fixture 'seed' of its own",
    "class TestMore:\n    def test_it(self, student): ...": "test_it: a hidden test is a function at the top level",
    "@pytest.mark.skip\ndef test_more(): ...": "the marker 'skip' means nothing to the judge, which knows points",
    "@pytest.mark.needs('test_later')\ndef test_more(): ...": "test_more needs 'test_later', but no test",
    "@pytest.mark.points(0)\ndef test_more(): ...": "test_more: points must be more than 0",
}  # fmt: skip
ALLOWED = [
    "@pytest.mark.parametrize(('a', 'b'), [(1, 2)])\ndef test_more(student, reference, seed, device, a, b): ...",
    "@pytest.mark.parametrize('device', ['cuda:1'], indirect=True)\ndef test_more(device, student): ...",
    "@pytest.mark.parametrize('device', ['cuda:1'])\ndef test_more(device, student): ...",
    "def test_more(n=3): ...",
]


@pytest.fixture
def collected(toy, monkeypatch):
    """Collects the small suite, in this process, with more at its end."""
    from grader.exercise import load
    from grader.judge.suites import collect

    suite = toy / "tests/hidden/01_twice/test_twice_hidden.py"
    for name in [name for name in sys.modules if name.startswith("tests.hidden")]:
        monkeypatch.delitem(sys.modules, name)

    def collect_with(more):
        suite.write_text(f"{suite.read_text()}\n\n{more}\n")
        try:
            return collect([load(toy, "01_twice")])["01_twice"]
        finally:
            for name in [name for name in sys.modules if name.startswith("tests.hidden")]:
                del sys.modules[name]

    return collect_with


@pytest.mark.parametrize(("more", "says"), REFUSED.items())
def test_what_only_pytest_could_run_is_refused_by_name(more, says, collected):
    from grader.judge.suites import JudgeError

    with pytest.raises(JudgeError, match=re.escape(says)):
        collected(more)


@pytest.mark.parametrize("more", ALLOWED)
def test_parameters_and_our_own_fixtures_are_all_that_a_test_needs(more, collected):
    from grader.judge.suites import run_test

    tests = [test for test in collected(more) if test.name == "test_more"]
    assert tests
    assert [run_test(test, "student", "reference", 7) for test in tests] == [None] * len(tests)


def test_an_authors_own_pytest_refuses_the_same(toy):
    suite = toy / "tests/hidden/01_twice/test_twice_hidden.py"
    suite.write_text(suite.read_text() + "\n\ndef test_more(tmp_path):\n    ...\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "grader.suite.plugin",
        "--collect-only",
        "tests/hidden/01_twice",
    ]
    done = subprocess.run(command, cwd=toy, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert (
        "it asks for the fixture 'tmp_path'; a hidden test can have student, reference, seed and device"
        in done.stderr
    )


# --- devices -----------------------------------------------------------------------------------------------

ON_DEVICES = '''


def run_without_waiting(exercise, device):
    x = torch.randn(3, device=device)
    traffic = Traffic()
    return {"y": exercise.twice(x), "traffic": traffic.counts()}


@pytest.mark.points(2)
def test_on_a_device(student, reference, device):
    """twice works on the device of x"""
    same(student.run(run, 4, device, called="twice(x)"), reference.run(run, 4, device), called="twice(x)")


@pytest.mark.points(2)
@pytest.mark.needs("test_on_a_device")
def test_does_not_wait(student, device):
    """twice does not wait for the device"""
    traffic = student.run(run_without_waiting, device)["traffic"]
    assert traffic["synchronisations"] == 0, f"twice(x) waited {traffic['synchronisations']} times."
'''


@pytest.fixture
def on_devices(toy):
    from tests.conftest import Grading

    suite = toy / "tests/hidden/01_twice/test_twice_hidden.py"
    text = suite.read_text().replace("import same", "import Traffic, same")
    suite.write_text(text + ON_DEVICES)
    return lambda answer: Grading(toy, "01_twice")(toy_source(answer))[0].tests[2:]


def shown(tests):
    return [(test.name, test.device, test.status, test.points) for test in tests]


def test_points_are_shared_by_the_devices(on_devices):
    assert shown(on_devices("2 * x")) == [
        ("test_on_a_device", "cpu", "passed", 1.0),
        ("test_on_a_device", "cuda", "passed", 1.0),
        ("test_does_not_wait", "cpu", "passed", 1.0),
        ("test_does_not_wait", "cuda", "passed", 1.0),
    ]


def test_a_tensor_on_the_wrong_device_costs_that_device_only(on_devices):
    tests = on_devices("2 * x + torch.zeros(1)")
    assert [test.status for test in tests] == ["passed", "failed", "passed", "not_reached"]
    assert "Expected all tensors to be on the same device" in tests[1].message
    assert "twice.py, line 6, in twice:  return 2 * x + torch.zeros(1)" in tests[1].message
    assert "twice works on the device of x" in tests[3].message


def test_what_fails_on_the_cpu_is_not_tried_elsewhere(on_devices):
    tests = on_devices("3 * x")
    assert [test.status for test in tests] == ["failed", "not_reached", "not_reached", "not_reached"]
    assert tests[1].message == "Not reached, because this has to work on the CPU first."


def test_waiting_for_the_device_is_seen_there_alone(on_devices):
    tests = on_devices("2 * x if x.sum().item() < 1e9 else x")
    assert [test.status for test in tests] == ["passed", "passed", "passed", "failed"]
    assert tests[3].message == "twice(x) waited 1 times."


def test_on_a_machine_without_a_gpu_cuda_says_so_also_after_a_simulation(on_devices):
    tests = on_devices("(2 * x.cuda() if x.numel() < 4 else 2 * x.cpu()).to(x.device)")
    assert [test.status for test in tests] == ["passed", "passed", "failed", "not_reached"]
    assert "Torch not compiled with CUDA enabled" in tests[2].message


def test_what_comes_back_from_a_simulated_device_says_where_it_was(on_devices):
    tests = on_devices("(2 * x).cpu()")
    assert tests[1].message == "twice(x) returned a tensor on cpu; expected one on cuda:1."


def test_a_submission_that_answers_slowly_has_its_time_used_up(grading):
    slow = toy_source("__import__('time').sleep(0.2) or 2 * x")
    (verdict,) = grading(slow, limits=Limits(all_calls=0.1))
    messages = [test.message for test in verdict.tests if test.status == "timeout"]
    assert verdict.score < verdict.max_score
    assert any(
        "with the tests before this one, your code was busy for 0.1 seconds" in message
        for message in messages
    ), messages


def test_a_message_that_names_a_tensor_is_short_however_many_dimensions_it_has(toy):
    """Torch's own repr shows each of its values, and takes minutes for the largest that can be sent."""
    from tests.conftest import Grading

    suite = toy / "tests/hidden/01_twice/test_twice_hidden.py"
    line = next(line for line in suite.read_text().splitlines() if "twice(0) is not 0" in line)
    says = '    got = student.run(run_zero)\n    assert got is None, f"{got}; {[got]!r}"'
    suite.write_text(suite.read_text().replace(line, says))
    (verdict,) = Grading(toy, "01_twice")(toy_source("2 * x if x.any() else torch.ones((2,) * 16)"))
    words = f"a tensor of shape {(2,) * 16} and dtype torch.float32"
    assert verdict.tests[1].message == f"{words}; [{words}]"
