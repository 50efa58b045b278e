"""Hidden suite of 02_sequential: a row of modules, held in _modules, written without torch's?"""

import re

import pytest
import torch
from torch import nn

from grader.suite import ModelCase, Scenario, rules_for, same_scenario

GPU = "cuda:1"

# --- what stands in the lines: a to l are linear layers, x is a batch -----------------------------------------


class Wrap(nn.Module):
    """Returns something that is no tensor, with what it is given in it."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def forward(self, x):
        return {tuple: (x, 2 * x), list: [x, 2 * x], dict: {"x": x, "y": 2 * x}}.get(self.kind)


class Unwrap(nn.Module):
    """Makes a tensor of what a Wrap returned, another one for each kind."""

    def forward(self, value):
        if value is None:
            return torch.full((2,), 7.0)
        if isinstance(value, dict):
            return value["x"] + 5 * value["y"]
        first, second = value if isinstance(value, (tuple, list)) else (value, value)
        return first - (3 if isinstance(value, tuple) else 4) * second


class Scale(nn.Module):
    """Multiplies by a weight of its own, wherever that is and whatever its dtype; the result is where x is."""

    def __init__(self, dtype=None):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, dtype=dtype))

    def forward(self, x):
        return (x.to(self.weight.device) * self.weight).to(x.device)


class Hop(nn.Module):
    """Moves what it is given to the other GPU."""

    def forward(self, x):
        return x.to("cuda:0")


MAKE = dict.fromkeys("abcdefghijkl", lambda: nn.Linear(3, 3)) | {
    "x": lambda: torch.randn(4, 3), "tanh": nn.Tanh, "relu": nn.ReLU, "dropout": lambda: nn.Dropout(1.0),
    "bilinear": lambda: nn.Bilinear(3, 3, 2), "pair": lambda: Wrap(tuple), "both": lambda: Wrap(list),
    "named": lambda: Wrap(dict), "nothing": lambda: Wrap(None), "unwrap": Unwrap, "hop": Hop, "far": Scale,
    "narrow": lambda: Scale(torch.float32), "outer": nn.Module,
}  # fmt: skip


def scene(text, *looks):
    """Lines, and what is looked at after them; what they name is made anew for each run."""
    words = set(re.findall(r"\w+", " ".join([text, *looks])))
    makers = {name: make for name, make in MAKE.items() if name in words}

    def given():
        return {name: make() for name, make in makers.items()}

    own = frozenset("*")  # weights are those of what is given, also where it was copied
    return Scenario(text, looks, given, part="Sequential", constants=own)


def check(student, reference, scenes, hint="", device="cpu"):
    for each in scenes:
        same_scenario(student, reference, each, device, hint=hint)


ROW = ModelCase(
    "Sequential(a, nn.Tanh(), b)",
    lambda: {"x": torch.randn(4, 3)},
    given=lambda: {"a": nn.Linear(3, 5).eval(), "b": nn.Linear(5, 2)},
    other="Sequential(nn.Linear(3, 3))",
)

# What most tests look at: the weights that a to l have, under which names and in which order.
STATE = "list(net.state_dict())", "dict(net.state_dict())"
VALUES = ("list(net.state_dict().values())",)  # whatever the names
TWELVE = "Sequential(a, b, c, d, e, f, g, h, i, j, k, l)"
# A row whose modules have names, also where an answer takes no OrderedDict.
THREE = """\
three = Sequential()
for name, module in [("body_1", a), ("head_2", b), ("tail_3", c)]:
    three.add_module(name, module)"""

# --- the whole ---------------------------------------------------------------------------------------------

A_MODULE = scene("net = Sequential(a, tanh, b)",
                 "issubclass(type(net), nn.Module)", "issubclass(type(net), nn.Sequential)")  # fmt: skip
OWN = "test_is_written_by_hand"
own = pytest.mark.needs(OWN)


@pytest.mark.points(0.3)
def test_is_written_by_hand(student, reference):
    """Sequential: a class of your own, derived from nn.Module, without torch's containers"""
    check(student, reference, [A_MODULE])


test_house_rules = own(rules_for(ROW, each=0.1))


PRINTED = scene("net = Sequential(a, relu)", "repr(net)", "repr(Sequential(net, b))", "repr(Sequential())")


@own
@pytest.mark.points(0.1)
def test_prints_like_torchs(student, reference):
    """print(net) shows what it shows for torch.nn.Sequential"""
    check(student, reference, [PRINTED], "nn.Module has a __repr__ that does all of it")


# --- building -----------------------------------------------------------------------------------------------

NUMBERED = scene("net = Sequential(a, tanh, b)",
                 *STATE, f"list({TWELVE}._modules.items())", "list(Sequential()._modules)", "net.training")  # fmt: skip


@own
@pytest.mark.points(0.4)
def test_numbers_its_modules(student, reference):
    """Building: the modules stand in _modules under "0", "1", "2", ..., in the order in which they were given"""
    check(student, reference, [NUMBERED], "add_module(name, module) puts a module in; a name is a string")


NAMED = scene(
    'net = Sequential(OrderedDict([("stem_1", a), ("answer_2", tanh), ("body_3", b)]))',
    *STATE, "list(Sequential(OrderedDict())._modules)", 'list(Sequential(OrderedDict([("1", a), ("0", b)]))._modules)',
    'list(Sequential(OrderedDict([("first_1", a), ("second_2", a)])).state_dict())',
    'list(Sequential(OrderedDict([("inner_1", Sequential(a)), ("last_2", b)])).state_dict())',
)  # fmt: skip


@own
@pytest.mark.points(0.4)
def test_takes_names_from_an_ordered_dict(student, reference):
    """Building: an OrderedDict alone gives names and order"""
    check(student, reference, [NAMED], "go through its items(), and take names and order as they are")


WHOLE = scene(
    "net = Sequential(a, tanh, a, tanh, b)",
    *STATE, "list(Sequential(Sequential(a, b), Sequential(), c).state_dict())", "list(Sequential(Sequential(a, b)).state_dict())",
)  # fmt: skip


@own
@pytest.mark.points(0.3)
def test_keeps_what_it_is_given(student, reference):
    """Building: a module may stand in two places, and a row is a module like any other"""
    check(student, reference, [WHOLE], "each argument is one module in one place, whatever it is")


GIVEN = scene('given = OrderedDict([("body_1", a), ("head_2", b)])\nnet = Sequential(given)\nnet.add_module("more", c)',
              "list(given.items())", *VALUES)  # fmt: skip


@own
@pytest.mark.points(0.2)
def test_leaves_the_given_dict_alone(student, reference):
    """Building: the OrderedDict that was given stays as it was, whatever happens to the row"""
    check(student, reference, [GIVEN], "the row needs a dict of its own: every Module has one, _modules")


NOT_MODULES = scene(
    "net = Sequential(a, b)",
    *VALUES, "Sequential([a, b])", "Sequential(a, [b])", "Sequential((a, b))", 'Sequential([("x", a), ("y", b)])', "Sequential(m for m in [a, b])",
    "Sequential(nn.ReLU)",
    "Sequential(a, torch.relu)", 'Sequential("relu")', 'Sequential(OrderedDict([("x", a), ("y", nn.ReLU)]))',
    'Sequential(OrderedDict([("x", a)]), b)', 'Sequential(b, OrderedDict([("x", a)]))',
)  # fmt: skip


@own
@pytest.mark.points(0.3)
def test_refuses_what_is_not_a_module(student, reference):
    """Building: a list, a class, a function or a string is a TypeError at once"""
    check(student, reference, [NOT_MODULES], "add_module raises it, if you let it look at what was given")


NOT_NAMES = scene(
    'net = Sequential(OrderedDict([("body_1", a), ("head_2", b)]))',
    *VALUES, 'Sequential(OrderedDict([("block.relu", relu)]))', 'Sequential(OrderedDict([("", relu)]))',
    'Sequential(OrderedDict([("forward", relu)]))', 'Sequential(OrderedDict([("a", a), ("train", relu)]))',
)  # fmt: skip


@own
@pytest.mark.points(0.2)
def test_refuses_what_cannot_be_a_name(student, reference):
    """Building: an empty name, one with a dot, or one that is taken by an attribute is a KeyError"""
    check(student, reference, [NOT_NAMES], "add_module raises it, if you give it the names as they are")


# --- running ------------------------------------------------------------------------------------------------

BACK = "x.requires_grad_()\ny = net(x)\ny.square().sum().backward()"
IN_ORDER = scene(f"net = Sequential(a, tanh, b, c)\n{BACK}",
                 "y", "x.grad", "a.weight.grad", "b.weight.grad", "c.weight.grad", "Sequential(a)(x)", f"{TWELVE}(x)")  # fmt: skip


@own
@pytest.mark.points(1)
def test_runs_its_modules_in_order(student, reference, device):
    """Running: net(x) sends x through every module, in order, and gradients come back"""
    hint = "every module gets what the one before it returned, in the order of _modules"
    check(student, reference, [IN_ORDER], hint, device)


EVERY = [
    scene(f"net = Sequential(a, b, c)\nnet.train()\nb.requires_grad_(False)\nc.eval()\n{BACK}",
          "y", "x.grad", "a.weight.grad", "c.weight.grad", "modes(net, a, b, c)"),
    scene(f"net = Sequential(a, b)\nnet.eval()\na.train()\n{BACK}", "y", "x.grad", "a.weight.grad", "b.weight.grad"),
    scene("net = Sequential(a, dropout, b)\nnet.train()\ny = net(x)\nnet.eval()", "y", "net(x)"),
]  # fmt: skip


@own
@pytest.mark.points(0.3)
def test_runs_every_module_as_it_is(student, reference):
    """Running: modes and frozen weights are for the caller; every module runs and passes gradients on"""
    check(student, reference, EVERY, "call every module in the same way, whatever it is, and in any mode")


TWICE = scene(f"net = Sequential(a, tanh, Sequential(b, a), tanh, a)\n{BACK}",
              "y", "x.grad", "a.weight.grad", "b.weight.grad")  # fmt: skip


@own
@pytest.mark.points(0.4)
def test_runs_a_module_that_stands_twice(student, reference):
    """Running: a module that stands in two places runs twice, and rows may stand in rows"""
    hint = "children() and modules() leave out what they have seen already; _modules has every place"
    check(student, reference, [TWICE], hint)


PASSED_ON = scene(
    "net = Sequential(a, narrow)",
    "Sequential(pair, unwrap, tanh)(x)", "Sequential(both, unwrap)(x)", "Sequential(named, unwrap)(x)",
    "Sequential(nothing, unwrap)(x)", "net(x)",
)  # fmt: skip


@own
@pytest.mark.points(0.3)
def test_passes_on_what_a_module_returned(student, reference):
    """Running: a tuple, a list, a dict, None, another dtype: whatever a module returned is passed on as it is"""
    hint = "`pair`, `both`, `named` and `nothing` return a tuple, list, dict, None; `narrow` is in float32"
    check(student, reference, [PASSED_ON], hint)


ONE_INPUT = scene(
    "net = Sequential(a)",
    "net(x)", "net(x, x)", "net()", "Sequential(bilinear)(x, x)", "Sequential()(x, x)", "Sequential()()",
)  # fmt: skip


@own
@pytest.mark.points(0.2)
def test_takes_one_input(student, reference):
    """Running: exactly one input; none or a second one is a TypeError"""
    check(student, reference, [ONE_INPUT], "forward(self, x): then Python sees to it")


EMPTY = scene(
    "net = Sequential()\ntwo = (x, 2)", "net(x) is x", "net(two) is two", "net(None)", "Sequential(a, net)(x)"
)


@own
@pytest.mark.points(0.2)
def test_is_nothing_when_it_is_empty(student, reference):
    """Running: an empty row returns the very thing that it was given"""
    check(student, reference, [EMPTY], "where there is nothing to loop over, x is still x")


HOOKS = scene(
    "net = Sequential(a)\nhook = a.register_forward_pre_hook(lambda module, args: 2 * args[0])\ny = net(x)\n"
    "hook = a.register_forward_hook(lambda module, args, output: 3 * output)",
    "y", "net(x)",
)  # fmt: skip


@own
@pytest.mark.points(0.3)
def test_runs_hooks(student, reference):
    """Running: hooks on the modules run with each call, and what they return counts"""
    hint = "hooks belong to the call module(x), which calls forward; module.forward(x) passes them by"
    check(student, reference, [HOOKS], hint)


PLACES = scene(
    "net = Sequential(a, tanh, c).cpu()\nnet = net.to(device)\ny = net(x)\nouter.row = net\nouter.to('cuda:0')\n"
    "across = Sequential(b.to('cuda:1'), hop, a, far)",
    "y", "net(x.to('cuda:0'))", "across(x)", "places(a, b, c, far)",
)  # fmt: skip


@own
@pytest.mark.points(0.4)
@pytest.mark.needs("test_runs_its_modules_in_order")
@pytest.mark.parametrize("device", [GPU], indirect=True)
def test_works_where_its_modules_are(student, reference, device):
    """Devices: the row works wherever it was moved, also when its modules are on different GPUs"""
    hint = "net.to(...) moves modules, when somebody calls that; what goes through them is passed on as it is"
    check(student, reference, [PLACES], hint, device)


# --- length, loops, positions, slices -----------------------------------------------------------------------

LISTED = scene(
    f"net = Sequential(a, b, c, b)\n{THREE}",
    "len(net)", "[module for module in net]", "[module(x) for module in net]",
    "[(first, second) for first in net for second in net]", "list(three)", "len(Sequential())", "list(Sequential())",
)  # fmt: skip


@own
@pytest.mark.points(0.3)
def test_is_like_a_list(student, reference):
    """List: len(net) counts every place, and a loop gives the modules in order"""
    check(student, reference, [LISTED], "_modules has every place, in order; a loop in a loop starts anew")


POSITIONS = scene(
    f"net = Sequential(a, b, c, b)\n{THREE}",
    "[net[0], net[1], net[2], net[3]]", "[net[-1], net[-2], net[-3], net[-4]]", "net[0](x)", "net[-1](x)",
    f"{TWELVE}[2](x)", f"{TWELVE}[-2](x)", "three[0](x)", "three[-1](x)",
)  # fmt: skip


@own
@pytest.mark.points(0.3)
def test_finds_a_position(student, reference):
    """List: net[i] and net[-i] are the modules at that position, whatever their names"""
    check(student, reference, [POSITIONS], "a position is no name; lists know about positions")


NOT_THERE = scene(
    "net = Sequential(a, b, c)", "net[2](x)", "net[3]", "net[-4]", "Sequential()[0]", "Sequential()[-1]"
)


@own
@pytest.mark.points(0.2)
def test_says_when_a_position_is_not_there(student, reference):
    """List: net[i] is an IndexError where there is no module"""
    check(student, reference, [NOT_THERE])


def sliced(net, of, *slices):
    return scene(f"net = {net}", *(f"list(net[{part}].{of})" for part in slices))


FIVE = "Sequential(a, tanh, b, c, b)"
SLICES = [
    sliced(FIVE, "_modules.values()", "0:2", "1:", ":", "3:4", "-3:-1", "::-2", "5:", "1:99", "2:2"),
    scene(f"class Special(Sequential):\n    pass\nnet = Special(a, b)\n{THREE}",
          "type(net[:]) is Special", "type(net[1:]) is Special", "list(three[::2].state_dict().values())"),
]  # fmt: skip


@own
@pytest.mark.points(0.3)
def test_slices(student, reference):
    """Slices: any slice is a new row of the same class, with the very modules of net"""
    hint = "the part is a type(self) again, with those modules and no copies; lists know about slices"
    check(student, reference, SLICES, hint)


SLICE_NAMES = scene(
    f"net = Sequential(a, tanh, b, c)\n{THREE}",
    "list(net[0:2]._modules)", "dict(net[1:].state_dict())", "list(net[1:][1:]._modules)", "dict(three[1:].state_dict())",
)  # fmt: skip


@own
@pytest.mark.points(0.2)
def test_slices_keep_the_names(student, reference):
    """Slices: the modules of the part have the names that they have in net"""
    check(student, reference, [SLICE_NAMES], "pass names and modules on together")


LEFT = [
    scene("net = Sequential(a, b, c)\nnet.eval()\nb.train()\nb.to('meta')\npart = net[:2]",
          "list(net._modules.items())", "modes(net, a, b, c)", "places(a, b, c)"),
    scene("net = Sequential(a, b)\npart = net[:]\npart._modules.clear()\nhook = part.register_forward_hook(lambda *_: None)",
          *VALUES, "len(net._forward_hooks)"),
]  # fmt: skip


@own
@pytest.mark.points(0.3)
def test_leaves_the_row_alone_that_it_slices(student, reference):
    """Slices: net and its modules stay as they are, whatever happens to the part"""
    hint = "the part needs dicts of its own, also for its hooks, and changes nothing about the modules"
    check(student, reference, LEFT, hint)


# --- append, del, and what others do ------------------------------------------------------------------------

ON_NET = ("hook = net.register_forward_hook(lambda *_: None)\nhook = net.register_full_backward_hook(lambda *_: None)",
          "len(net._forward_hooks), len(net._backward_hooks)")  # fmt: skip
APPENDED = [
    scene("net = Sequential()\nnet.append(a).append(tanh)\nreturned = net.append(b)", "returned is net", *VALUES, "len(net)"),
    scene(f"net = Sequential(a)\n{THREE}\nnet.append(b), net.append(a), net.append(Sequential(c, a)), "
          "net.append(Sequential()), three.append(d)",
          "len(net)", *VALUES, "list(three.state_dict().values())"),
    scene(f"net = Sequential(a)\nnet.eval()\nb.train()\nb.to('meta')\n{ON_NET[0]}\nnet.append(b)",
          "modes(net, a, b)", "places(a, b)", ON_NET[1]),
]  # fmt: skip


@own
@pytest.mark.points(0.3)
def test_appends(student, reference):
    """append: the module is the last one, nothing else changes, and append returns the row itself"""
    hint = "append registers one module, whatever it is and wherever it is already; it ends with return self"
    check(student, reference, APPENDED, hint)


APPEND_NAMES = scene(f"net = Sequential(a, tanh, a)\n{THREE}\nnet.append(b), net.append(Sequential(c)), three.append(d)",
                     *STATE, "list(three._modules)")  # fmt: skip


@own
@pytest.mark.points(0.2)
def test_appends_under_the_next_number(student, reference):
    """append: the name is the number of modules before it"""
    check(student, reference, [APPEND_NAMES], "str(len(self)); one module in two places counts twice")


REFUSED = scene(
    "net = Sequential(a)", "net.append(nn.ReLU)", "net.append([b])", "net.append('relu')", *VALUES
)


@own
@pytest.mark.points(0.1)
def test_appends_no_other_thing(student, reference):
    """append: what is no Module is a TypeError, and is not added"""
    check(student, reference, [REFUSED], "add_module sees to that")


DELETED = [
    scene("net = Sequential(a, tanh, b, c)\ndel net[1]", "len(net)", *VALUES),
    scene(f"net = Sequential(a, b, a, c, a, d)\n{THREE}\ndel net[2]\ndel net[-1]\ndel net[0]\ndel three[1]",
          "list(net._modules.values())", *VALUES, "list(three.state_dict().values())"),
    scene(f"net = Sequential(a, b, c)\nnet.eval()\na.train()\nb.train()\nb.to('meta')\n{ON_NET[0]}\ndel net[1]",
          "modes(net, a, b, c)", "places(a, b, c)", ON_NET[1], *VALUES),
]  # fmt: skip


@own
@pytest.mark.points(0.3)
def test_deletes(student, reference):
    """del: the module at that position is gone, the others keep their order, and nothing else changes"""
    hint = "del takes one module out of one place; hooks, modes and all other modules stay as they are"
    check(student, reference, DELETED, hint)


DELETE_NAMES = scene("net = Sequential(a, tanh, b, c)\nlonger = Sequential(a, b, c)\ndel net[1]\ndel longer[0]\nlonger.append(d)",
                     *STATE, "list(longer._modules.items())")  # fmt: skip


@own
@pytest.mark.points(0.2)
def test_deletes_without_a_gap(student, reference):
    """del: where names are numbers, those that are left are "0", "1", ... again, and append goes on from there"""
    check(student, reference, [DELETE_NAMES], "number the rest anew; the length is the next number")


NOT_DELETED = scene("net = Sequential(a, b, c)",
                    "net.__delitem__(3)", "net.__delitem__(-4)", "Sequential().__delitem__(0)", *VALUES)  # fmt: skip


@own
@pytest.mark.points(0.1)
def test_deletes_no_other_module(student, reference):
    """del: IndexError where there is no module, and nothing is gone"""
    check(student, reference, [NOT_DELETED], "del net[3] calls net.__delitem__(3)")


PUT_IN = "net.add_module('late', c)\nsetattr(net, '0', d)"
APART = "keep no list or number of your own beside _modules, not from the first call either: they drift apart"
RUNS_WHAT_WAS_APPENDED = scene("net = Sequential(a, b)\nnet(x)\nnet.append(c)", "net(x)")
RUNS_WHAT_IS_THERE = scene(
    f"net = Sequential(a, b)\nnet(x)\n{PUT_IN}\ny = net(x)\ndelattr(net, '1')", "y", "net(x)", "net.eval()(x)"
)


@own
@pytest.mark.points(0.3)
def test_runs_what_others_put_in(student, reference):
    """One place: what is in _modules at the time of a call is what runs, whoever put it there"""
    check(student, reference, [RUNS_WHAT_WAS_APPENDED, RUNS_WHAT_IS_THERE], APART)


LISTS_WHAT_IS_THERE = scene(
    f"net = Sequential(a, b)\nnet(x), len(net), list(net), net[0]\n{PUT_IN}",
    "len(net)",
    "list(net)",
    "net[0](x)",
    "net[-1](x)",
)


@own
@pytest.mark.points(0.2)
def test_lists_what_others_put_in(student, reference):
    """One place: what others put into _modules counts and has its position"""
    check(student, reference, [LISTS_WHAT_IS_THERE], APART)
