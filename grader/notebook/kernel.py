"""Visible tests in a notebook: ``check`` runs one and says in words how it went, ``summary`` counts them.

Runs in the learner's kernel. The text below this paragraph is in the first cell of every notebook, so that
nothing of ours needs to be installed. It leaves no names of modules behind that an answer could rely on.
"""

import ast as _ast
import inspect as _inspect
import linecache as _linecache
import operator as _operator
import sys as _sys
import textwrap as _textwrap
from collections.abc import Callable as _Callable
from typing import Any as _Any

import torch as _torch

_HINT = ""  # what to think of when a test fails and nothing better is known: told once
_HINTS = {
    "AttributeError": "is it assigned to self in __init__, under the name that the lesson gives it?",
    "IndexError": "compare how long it is with the index that you use",
    "KeyError": "print the keys that are there",
    "NameError": "is it spelled as it is where it is defined, and has that cell been run?",
    "RuntimeError": "read the message from its end: print shapes and dtypes just before that line",
    "TypeError": "compare the arguments, and their order, with what the lesson says",
}
_outcomes: dict[str, str] = {}  # title: what went wrong, or an empty string
_SIGNS: dict[str, tuple[str, _Callable[[_Any, _Any], bool]]] = {
    "Eq": ("expected", _operator.eq),
    "NotEq": ("expected anything but", _operator.ne),
    "Lt": ("expected less than", _operator.lt),
    "LtE": ("expected at most", _operator.le),
    "Gt": ("expected more than", _operator.gt),
    "GtE": ("expected at least", _operator.ge),
    "Is": ("expected the very same as", _operator.is_),
    "IsNot": ("expected anything but", _operator.is_not),
    "In": ("expected one of", lambda left, right: left in right),
    "NotIn": ("expected none of", lambda left, right: left not in right),
}


class _Differs(AssertionError):
    """An assertion that does not hold, explained."""


def check(test: _Callable[..., None]) -> _Callable[..., None]:
    """Run a visible test now, and print its title, what went wrong, and a hint.

    One that takes a ``device`` runs on the CPU, and on a GPU as well if there is one.
    """
    if __name__ != "__main__":
        return test  # where this is graded, other tests are run
    title = (test.__doc__ or test.__name__.removeprefix("test_").replace("_", " ")).strip().splitlines()[0]
    if "device" not in _inspect.signature(test).parameters:
        _run(test, title)
        return test
    for device in ("cpu", "cuda") if _torch.cuda.is_available() else ("cpu",):
        _run(test, f"{title}, on {device}", device)
    return test


def _run(test: _Callable[..., None], title: str, *arguments: str) -> None:
    message, hint = "", ""
    try:
        _with_explained_assertions(test)(*arguments)
    except Exception as error:
        message, hint = _explain(error, test)
    _outcomes[title] = message
    print(f"✗ {title}\n{_textwrap.indent(message, '    ')}" if message else f"✓ {title}")
    if message:
        first = sum(map(bool, _outcomes.values())) == 1
        print(f"    Hint: {hint or (_HINT if first else 'see the hints after the lesson')}")


def summary() -> None:
    """Print how many of the visible tests pass; as an error if one of those that were run does not."""
    failed = {title: message for title, message in _outcomes.items() if message}
    if not _outcomes:
        print("No visible test has been run yet: run the cells above first.")
    elif not failed:
        print(f"All {len(_outcomes)} visible tests pass.")
    else:
        lines = "".join(f"\n✗ {title}\n{_textwrap.indent(failed[title], '    ')}" for title in failed)
        print(f"{len(failed)} of {len(_outcomes)} visible tests do not pass:{lines}", file=_sys.stderr)


def _explain(error: Exception, test: _Any) -> tuple[str, str]:
    """What an exception means for the learner: a message, and a hint where its kind gives one."""
    if isinstance(error, NotImplementedError):
        hint = "write it, run its cell, then run this cell again"
        return f"This is not written yet.{_line_of(error, test)}", hint
    if isinstance(error, NameError) and not _line_of(error, test):
        return f"{error}.", "run the cell that defines it first, then this one again"
    if isinstance(error, AssertionError) and not _line_of(error, test):
        return str(error) or "What the test asserts does not hold.", ""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"It raised {text}{_line_of(error, test)}", _HINTS.get(type(error).__name__, "")


def _line_of(error: Exception, test: _Any) -> str:
    """The last line of the notebook's that an exception passed through, on a line of its own; or nothing."""
    found, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        of_tests = code.co_filename == check.__code__.co_filename or code.co_name == test.__name__
        if trace.tb_frame.f_globals is test.__globals__ and not of_tests:
            found = _linecache.getline(code.co_filename, trace.tb_lineno).strip()
        trace = trace.tb_next
    return f"\n    in the line:  {found}" if found else ""


# --- assertions --------------------------------------------------------------------------------------------


def _with_explained_assertions(test: _Any) -> _Any:
    """The test again, with every assertion saying what was found and what was expected."""
    try:
        tree = _ast.parse(_textwrap.dedent(_inspect.getsource(test)))
    except (OSError, SyntaxError):
        return test
    function: _Any = tree.body[0]
    function.decorator_list = []
    helpers = {"_kata_compare": _compare, "_kata_call": _call, "_kata_holds": _holds}
    names = {**test.__globals__, **helpers}
    exec(compile(_ast.fix_missing_locations(_Explained().visit(tree)), "a visible test", "exec"), names)
    return names[test.__name__]


class _Explained(_ast.NodeTransformer):
    """Makes a call of one of the helpers below out of every assertion."""

    def visit_Assert(self, node: _ast.Assert) -> _ast.Expr:
        test: _Any = node.test
        text = _ast.unparse
        if isinstance(test, _ast.Compare) and len(test.ops) == 1:
            left, sign, right = test.left, type(test.ops[0]).__name__, test.comparators[0]
            arguments = [left, right, *map(_ast.Constant, (text(left), sign, text(right)))]
            return self.call("_kata_compare", arguments)
        plain = isinstance(test, _ast.Call) and not any(isinstance(a, _ast.Starred) for a in test.args)
        if plain and not test.keywords:
            texts = _ast.Tuple([_ast.Constant(text(a)) for a in test.args], _ast.Load())
            return self.call("_kata_call", [_ast.Constant(text(test.func)), texts, test.func, *test.args])
        return self.call("_kata_holds", [test, _ast.Constant(text(test))])

    def call(self, name: str, arguments: list[_ast.expr]) -> _ast.Expr:
        return _ast.Expr(_ast.Call(_ast.Name(name, _ast.Load()), arguments, []))


def _compare(left: _Any, right: _Any, left_text: str, sign: str, right_text: str) -> None:
    expected, holds = _SIGNS[sign]
    if holds(left, right):
        return
    where = ""
    if sign == "Eq":
        left, right, where = _first_difference(left, right)
    aside = f" (`{right_text}`)" if right_text != _show(right) and not where and len(right_text) < 60 else ""
    raise _Differs(f"`{left_text}`{where} is {_show(left)};\n{expected} {_show(right)}{aside}.")


def _call(name: str, texts: tuple[str, ...], function: _Callable[..., bool], *arguments: _Any) -> None:
    if function(*arguments):
        return
    if len(arguments) >= 2 and all(isinstance(a, _torch.Tensor) for a in arguments[:2]):
        left, right = arguments[:2]
        if left.shape != right.shape:
            how = f"their shapes are {tuple(left.shape)} and {tuple(right.shape)}"
        else:
            how = f"the largest difference is {(left - right).abs().max().item():.3g}"
        raise _Differs(f"`{texts[0]}` is not the same as\n`{texts[1]}`: {how}.")
    told = [(text, _show(value)) for text, value in zip(texts, arguments, strict=True)]
    values = "".join(f"\n`{text}` is {value}" for text, value in told if text != value)
    raise _Differs(f"`{name}({', '.join(texts)})` does not hold.{values}")


def _holds(value: object, text: str) -> None:
    if not value:
        raise _Differs(f"`{text}` does not hold.")


def _first_difference(left: _Any, right: _Any) -> tuple[_Any, _Any, str]:
    """The first parts of two collections that differ, and where that is; otherwise the two themselves."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in right:
            if key not in left:
                return list(left), list(right), " has other keys: it"
            if left[key] != right[key]:
                return left[key], right[key], f"[{key!r}]"
        return list(left), list(right), " has other keys: it"
    if type(left) is type(right) and isinstance(left, (list, tuple)) and len(left) == len(right) > 4:
        for index, (a, b) in enumerate(zip(left, right, strict=True)):
            if a is not b and not _same(a, b):
                return a, b, f"[{index}]"
    return left, right, ""


def _same(left: object, right: object) -> bool:
    try:
        return bool(left == right)
    except Exception:
        return False


def _show(value: object) -> str:
    """A value in a few words."""
    if isinstance(value, _torch.Tensor) and value.numel() > 6:
        return f"a tensor of shape {tuple(value.shape)}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 300 else text[:297] + "..."
