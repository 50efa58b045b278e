"""Stubs are cut from references, and a reference that can't be cut says where and why."""

import ast

import pytest

from grader.authoring.stubs import make_stub
from grader.exercise import ExerciseError

REFERENCE = '''"""Doc."""
class A:
    def f(self, x):
        """Stays."""
        ### BEGIN SOLUTION: add one to "x"
        return x + 1
        ### END SOLUTION


def g():
    y = 1
    ### BEGIN SOLUTION: double y
    return 2 * y
    ### END SOLUTION
'''


def test_the_solution_is_replaced_by_what_to_write():
    stub = make_stub(REFERENCE, "a.py")
    names = {}
    exec(stub, names)
    with pytest.raises(NotImplementedError, match=r'A\.f: add one to "x"'):
        names["A"]().f(1)
    with pytest.raises(NotImplementedError, match="g: double y"):
        names["g"]()
    assert "return" not in stub
    assert '"""Stays."""' in stub
    assert "SOLUTION" not in stub


def test_a_long_task_is_wrapped_and_says_the_same():
    task = "put one thing after the other " * 8
    stub = make_stub(REFERENCE.replace("double y", task), "a.py")
    names = {}
    exec(stub, names)
    with pytest.raises(NotImplementedError) as caught:
        names["g"]()
    assert str(caught.value).split() == f"g: {task}".split()
    assert max(map(len, stub.splitlines())) <= 110
    ast.parse(stub)


BROKEN = """\
def twice(x):
    y = 2
    ### BEGIN SOLUTION: double x, not y
    z = 2 * x
    return z
    ### BEGIN BROKEN
    # z = 2 * y
    #
    # if z:
    #     return z
    ### END BROKEN
    ### END SOLUTION


def after():
    return 1
"""


def test_what_is_to_be_mended_stands_in_the_stub_as_code():
    stub = make_stub(BROKEN, "a.py")
    assert (
        stub
        == """\
def twice(x):
    y = 2
    # To do: double x, not y
    z = 2 * y

    if z:
        return z


def after():
    return 1
"""
    )
    names = {}
    exec(stub, names)
    assert names["twice"](5) == 4


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def f():\n    ### BEGIN SOLUTION: x\n    pass\n", "line 2.*without its"),
        ("def f():\n    pass\n    ### END SOLUTION\n", "line 3.*without its"),
        ("### BEGIN SOLUTION: x\n### BEGIN SOLUTION: y\n### END SOLUTION\n", "line 2.*inside"),
        ("### BEGIN SOLUTION\n### END SOLUTION\n", "line 1: say after"),
        ("x = 1\n", "nothing is marked"),
        ("### BEGIN BROKEN\n### END BROKEN\n", "line 1.*belongs once into a solution"),
        ("### BEGIN SOLUTION: x\n### END BROKEN\n### END SOLUTION\n", "line 2.*without its"),
        (
            "### BEGIN SOLUTION: x\n### BEGIN BROKEN\n### END SOLUTION\n",
            "line 3.*without its '### END BROKEN'",
        ),
        (
            "### BEGIN SOLUTION: x\n### BEGIN BROKEN\nx = 1\n### END BROKEN\n### END SOLUTION\n",
            "line 3.*comment",
        ),
    ],
)
def test_a_reference_that_can_not_be_cut_is_refused(source, says):
    with pytest.raises(ExerciseError, match=says):
        make_stub(source, "a.py")
