"""What lines borrow from classes that they are to do without: whoever holds the code, and however it is hidden."""

import inspect
import sys
import types

import pytest
import torch
from torch import nn

from grader.wire.case import Scenario
from grader.worker import scenario
from grader.worker.borrowed import Watch

CONTAINERS = (nn.Sequential, nn.ModuleList)
TEXT = inspect.getsource(nn.Sequential.forward).replace("    ", "", 1).replace("\n    ", "\n")


def copied(function):
    return types.FunctionType(
        function.__code__.replace(co_filename="mine.py", co_name="own"), function.__globals__
    )


class Row(nn.Module):
    """A row of its own, with a method for each way to borrow."""

    def __init__(self, *modules):
        super().__init__()
        for index, module in enumerate(modules):
            self.add_module(str(index), module)

    def forward(self, x):
        for module in self._modules.values():
            x = module(x)
        return x

    def __iter__(self):
        return iter(self._modules.values())

    borrowed = nn.Sequential.forward
    renamed = copied(nn.Sequential.forward)

    def delegated(self, x):
        return nn.Sequential(*self._modules.values())(x)

    def unwatched(self, x):
        before = sys.getprofile()
        list(map(sys.setprofile, [None]))
        try:
            return nn.Sequential.forward(self, x)
        finally:
            sys.setprofile(before)


def found(line):
    module = types.SimpleNamespace(Row=Row)
    scene = Scenario(
        "row = Row(nn.Linear(2, 2), nn.ReLU())\nx = torch.ones(1, 2)", (line,), without=CONTAINERS
    )
    return scenario.run(scene, module, "cpu", 0)


@pytest.mark.parametrize("method", ["borrowed", "renamed", "delegated"])
def test_code_of_a_class_is_known_wherever_it_stands(method):
    assert "torch.nn.Sequential.forward" in found(f"row.{method}(x)")["borrowed"]


@pytest.mark.parametrize("line", ["row(x)", "list(row)", "repr(row)", "row.state_dict()", "row.to('meta')"])
def test_what_a_module_does_by_itself_is_not_borrowed(line):
    assert found(line)["borrowed"] == []


def test_the_watch_cannot_be_taken_off():
    seen = found("row.unwatched(x)")["seen"]["row.unwatched(x)"]
    assert seen["raised"] == "RuntimeError"
    assert "profiler is in use" in seen["message"]
    assert sys.getprofile() is None
    sys.setprofile(None)  # it is free again


def test_a_base_class_is_found_though_a_metaclass_denies_it():
    class Denies(type):
        @property
        def __mro__(cls):
            return (nn.Module,)

    class Mine(nn.Sequential, metaclass=Denies):
        pass

    watch = Watch(CONTAINERS)
    watch.look_at(Mine)
    watch.look_at(Row)
    assert watch.found == ["torch.nn.Sequential"]


def test_methods_that_were_made_from_text_are_found():
    names = {}
    exec(TEXT, names)
    watch = Watch(CONTAINERS)
    watch.look_at(type("Mine", (nn.Module,), {"forward": names["forward"]}))
    assert watch.found == ["forward, made by running a string as code"]


def test_without_classes_nothing_is_watched():
    with Watch(()) as watch:
        assert sys.getprofile() is None
        nn.Sequential(nn.ReLU())(torch.ones(1))
    assert watch.found == []
