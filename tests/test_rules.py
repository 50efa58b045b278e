"""House rules: each has its section, is broken by its spoilers and by nothing else, and says so with its id."""

import pytest

from grader.authoring import lesson
from grader.authoring.spoilers import spoilers
from grader.rulebook import sections
from grader.suite import CallCase, ModelCase, rules_for
from grader.suite.rules import RULES
from grader.wire.commands import Limits
from tests.conftest import PROJECT, Grading, write_toy
from tests.course_class import kata

SUITE = '''
"""A suite of nothing but rules."""
import pytest
import torch
from grader.suite import CallCase, ModelCase, rules_for, same_as

LINE = ModelCase("Line(3)", lambda: {"x": torch.randn(4, 3)}, other="Line(2)")
TWICE = CallCase("twice([1, x])", lambda: {"x": torch.ones(2)})
test_rules = rules_for(LINE, TWICE, each=0.1, skip={"lets-errors-through": "its function takes lists"})

@pytest.mark.points(1)
def test_line(student, reference, device):
    """Line: the output"""
    same_as(student, reference, LINE, device)
'''
ANSWER = """
import torch
from torch import nn

class Line(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.layer = nn.Linear(size, 2)

    def forward(self, x):
        return self.layer(x)

def twice(values):
    return [2 * value for value in values]
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """Grades answers to an exercise whose suite asks all rules of a model and of a function."""
    root = tmp_path_factory.mktemp("lines")
    write_toy(root)
    (root / "tests/hidden/01_twice/test_twice_hidden.py").write_text(SUITE)
    (root / "solutions/01_twice/twice.py").write_text(ANSWER)
    return Grading(root, "01_twice")


def statuses(verdict):
    """The status of each rule, on the CPU."""
    return {
        t.name.partition("[")[2].rstrip("]"): t.status
        for t in verdict.tests
        if "[" in t.name and t.device == "cpu"
    }


def test_every_rule_has_a_section_that_runs_and_a_spoiler():
    assert sections(PROJECT).keys() == RULES.keys()
    assert lesson.run((PROJECT / "exercises" / "RULES.md").read_text()) == []
    assert {spoiler.rule for spoiler in spoilers(PROJECT)} == set(RULES)


def test_kata_explain_shows_a_rule_and_names_those_that_are_close():
    assert kata("explain", "only-reads").stdout.startswith("## only-reads\n")
    wrong = kata("explain", "only-read", check=False)
    assert (wrong.returncode, "Did you mean: only-reads" in wrong.stderr) == (2, True)


def test_a_rule_is_skipped_only_with_a_reason():
    case = ModelCase("Line(3)", dict)
    with pytest.raises(ValueError, match="no rule"):
        rules_for(case, each=0.1, skip={"no-such-rule": "because"})
    with pytest.raises(ValueError, match="reason"):
        rules_for(case, each=0.1, skip={"only-reads": ""})


def test_functions_are_asked_only_what_holds_for_functions():
    asked = {rule.id for rule in RULES.values() if rule.applies_to(CallCase("f(x)", dict))}
    assert "only-reads" in asked
    assert "can-be-saved" not in asked


# --- observations ------------------------------------------------------------------------------------------


def test_the_reference_keeps_all_rules(lines):
    (verdict,) = lines(ANSWER)
    assert verdict.full_marks, verdict.feedback()


def test_a_broken_rule_says_its_id_and_costs_nothing_else(lines):
    spoilt = (
        ANSWER + "\n_twice = twice\ndef twice(values):\n    values.append(3)\n    return _twice(values)[:2]\n"
    )
    (verdict,) = lines(spoilt)
    (broken,) = [test for test in verdict.tests if test.status == "failed"]
    assert broken.rule == "only-reads"
    assert broken.message.endswith("[only-reads]")
    assert "[1, x]" in broken.message


def test_a_crash_costs_what_had_not_been_shown(lines):
    (verdict,) = lines(
        ANSWER.replace(
            "    def forward",
            "    def __deepcopy__(self, memo):\n        import os\n        os._exit(3)\n\n    def forward",
        )
    )
    found = statuses(verdict)
    assert found["can-be-saved"] == "failed"
    assert found["nothing-remembered"] == found["same-in-every-mode"] == "passed"
    assert found["calls-layers"] == "not_reached"
    assert {test.status for test in verdict.tests if test.name == "test_line"} == {"passed"}


def test_a_hang_costs_what_had_not_been_shown(lines):
    answer = ANSWER.replace(
        "return self.layer(x)", "while not self.training: pass\n        return self.layer(x)"
    )
    (verdict,) = lines(answer, limits=Limits(call=2.0, call_after_timeout=0.5))
    found = statuses(verdict)
    assert found["nothing-remembered"] == "passed"
    assert found["same-in-every-mode"] == "failed"
    assert "No answer within" in next(t.message for t in verdict.tests if t.rule == "same-in-every-mode")
    assert {test.status for test in verdict.tests if test.name == "test_line"} == {"passed"}


def test_what_is_no_model_or_no_data_is_said_in_words(lines):
    no_model, no_data = lines(
        ANSWER + "\ndef Line(size):\n    return [size]\n",
        ANSWER.replace("return self.layer(x)", "return {1: object()}"),
    )
    assert "Line(3) returned an object of type list, not a model" in no_model.feedback()
    assert "is of type object" in no_data.feedback()
    assert set(statuses(no_model).values()) == {"not_reached"}


def test_a_function_and_a_model_are_judged_apart(lines):
    """A model that can't be made hides no rule that the function breaks."""
    (verdict,) = lines(
        ANSWER.replace("self.layer(x)", "self.missing(x)")
        + "\n_twice = twice\ndef twice(values):\n    values.append(3)\n    return _twice(values)[:2]\n"
    )
    assert statuses(verdict)["only-reads"] == "failed"
    assert statuses(verdict)["can-be-saved"] == "not_reached"


def test_a_setting_that_an_earlier_call_has_left_is_seen(lines):
    """Each look begins with the settings that there were before the answer was imported."""
    quiet = '__import__("warnings").simplefilter("ignore")'
    (verdict,) = lines(
        f"{ANSWER}\n{quiet}\n_twice = twice\ndef twice(values):\n    {quiet}\n    return _twice(values)\n"
    )
    assert statuses(verdict)["leaves-the-world"] == "failed"
    assert "warnings.filters" in verdict.feedback()
