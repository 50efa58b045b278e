"""Every submission in tests/attacks gets the marks of the honest answer that it is like, and harms nobody."""

import ast
import re
from pathlib import Path

import pytest

from grader.grading.pool import grade
from grader.submission import Submission
from grader.wire.commands import Limits

FOLDER = Path(__file__).parent / "attacks"
EXERCISE, MAIN = "03_modulelist", "modulelist.py"
ATTACKS = sorted(FOLDER.glob("*.py"))
ENDLESS = {
    "endless_loop", "endless_output", "endless_import", "slow_message", "stack_overflow", "dripping_reply",
}  # fmt: skip


# A submission can't import the grader. Who goes through frames finds its modules all the same.
FINDS_US = b"""import sys
_frame = sys._getframe()
while _frame is not None:
    if hasattr(_frame.f_globals.get("ours"), "_hidden"):
        sys.modules.update(_frame.f_globals["ours"]._hidden)
    _frame = _frame.f_back
"""


def submission(path: Path, student: str) -> Submission:
    source = path.read_bytes()
    if re.search(rb"^\s*(from|import) grader", source, re.MULTILINE):
        source = FINDS_US + source
    return Submission(student, EXERCISE, path.name, MAIN, {MAIN: source})


def says(path: Path, key: str) -> list[str]:
    """What stands after `key:` in the docstring."""
    doc = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    return re.findall(rf"^{key}: (\w+)$", doc, re.MULTILINE)


def passed(verdict):
    return {test.name for test in verdict.tests if test.points}


def run(project, attacks, limits):
    """Verdicts by student: the honest answers, and the attacks with an honest neighbour after each."""
    submissions = [submission(path, path.stem) for path in sorted((FOLDER / "honest").glob("*.py"))]
    for path in attacks:
        submissions.append(submission(path, f"attack-{path.stem}"))
        submissions.append(submission(FOLDER / "honest" / "right.py", f"after-{path.stem}"))
    return {verdict.student: verdict for verdict in grade(project, submissions, seed=5, limits=limits)}


@pytest.fixture(scope="module")
def quick(project):
    return run(project, [path for path in ATTACKS if path.stem not in ENDLESS], Limits())


@pytest.fixture(scope="module")
def endless(project):
    limits = Limits(call=2.0, call_after_timeout=0.5)
    return run(project, [path for path in ATTACKS if path.stem in ENDLESS], limits)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.stem)
def test_an_attack_earns_what_its_honest_part_earns(path, request):
    verdicts = request.getfixturevalue("endless" if path.stem in ENDLESS else "quick")
    (like,) = says(path, "like")
    attack, honest = verdicts[f"attack-{path.stem}"], verdicts[like]
    messages = [(t.name, t.status, t.message) for t in attack.tests]
    lost = {test.name for test in honest.tests if test.function in says(path, "loses")}
    assert passed(attack) == passed(honest) - lost, messages
    assert not attack.ungraded
    assert attack.sandbox == "full"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: path.stem)
def test_an_attack_changes_nothing_for_the_next_student(path, request):
    verdicts = request.getfixturevalue("endless" if path.stem in ENDLESS else "quick")
    neighbour = verdicts[f"after-{path.stem}"]
    assert neighbour.full_marks, [(t.name, t.status, t.message) for t in neighbour.tests]


def test_the_honest_answers_earn_what_their_names_say(quick):
    assert quick["right"].full_marks
    assert quick["nothing"].score == 0
    for name in ("plain_list", "forward_raises", "backward_raises", "no_relu"):
        assert 0 < quick[name].score < quick[name].max_score


def test_no_message_shows_the_inside_of_the_grader(quick, endless):
    inside = re.compile(rf"{re.escape(str(FOLDER.parents[1]))}|site-packages|Traceback|_hidden\.py")
    for verdict in (*quick.values(), *endless.values()):
        for test in verdict.tests:
            assert not inside.search(test.message), (verdict.student, test.message)
