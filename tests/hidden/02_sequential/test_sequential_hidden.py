"""Hidden suite of 02_sequential: a row of modules, held in _modules, written without torch's?"""

import itertools
import sys
from collections import OrderedDict

import pytest
import torch
from torch import nn

from grader.suite import Calls, Traffic, catch, fill, naming_what_stayed, same, same_traffic, stayed_behind

CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)
METHODS = ("forward", "__len__", "__iter__", "__getitem__", "__delitem__", "append")
# Neither in alphabetical order nor in reverse; with numbers, since an answer may have methods of its own, such as head.
GIVEN = ("stem_1", "answer_2", "body_3")
FIVE = ("stem_1", "body_2", "neck_3", "head_4", "tail_5")
GPU_ALONE = pytest.mark.parametrize("device", ["cuda:1"], indirect=True)


# --- probes: these run beside the student's code ------------------------------------------------------------


def row(exercise, names, modules):
    """The student's container of ``modules``; with ``names``, made from an OrderedDict."""
    if names is None:
        return exercise.Sequential(*modules)
    return exercise.Sequential(OrderedDict(zip(names, modules, strict=True)))


def some(count):
    """Different small modules that share no class with their neighbour."""
    kinds = (nn.Linear, nn.Tanh, nn.Linear, nn.ReLU)
    return [kinds[i % 4](2, 2) if i % 2 == 0 else kinds[i % 4]() for i in range(count)]


def names_in(net):
    return list(net._modules)


def places(found, given):
    """For each module found, its position among the given ones (by identity), or a word on what it is."""
    wanted = {id(module): index for index, module in reversed(list(enumerate(given)))}
    return [wanted.get(id(module), f"another {type(module).__name__}") for module in found]


def modes(modules):
    return [module.training for module in modules]


def where_it_comes_from(exercise):
    a, b, c = nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)
    net = exercise.Sequential(a, b, c)
    bases = type(net).__mro__
    inherited = [base.__name__ for base in CONTAINERS if base in bases]

    methods = [vars(base)[name] for name in METHODS for base in bases if name in vars(base)]
    codes = [method.__code__ for method in methods if hasattr(method, "__code__")]
    from_text = [code.co_name for code in codes if code.co_filename == "<string>"]

    functions = [f for base in CONTAINERS for f in vars(base).values() if hasattr(f, "__code__")]
    files = {f.__code__.co_filename for f in functions}
    marks = {(f.__code__.co_firstlineno, f.__code__.co_code, f.__code__.co_linetable) for f in functions}
    entered = []

    def watch(frame, event, _):
        code = frame.f_code
        if event == "call" and (
            code.co_filename in files or (code.co_firstlineno, code.co_code, code.co_linetable) in marks
        ):
            entered.append(code.co_qualname)

    def delete():
        del exercise.Sequential(a, b, c)[0]

    uses = {
        "Sequential(a, b, c)": lambda: exercise.Sequential(a, b, c),
        "Sequential(OrderedDict(...))": lambda: exercise.Sequential(OrderedDict(first=a, second=b)),
        "net(x)": lambda: net(torch.ones(1, 2)),
        "len(net)": lambda: len(net),
        "list(net)": lambda: list(net),
        "net[1]": lambda: net[1],
        "net[:2]": lambda: net[:2],
        "net.append(b)": lambda: exercise.Sequential(a).append(b),
        "del net[0]": delete,
        "net.state_dict()": lambda: net.state_dict(),
        "print(net)": lambda: repr(net),
    }
    found = {}
    kept = True
    for words, use in uses.items():
        entered.clear()
        sys.setprofile(watch)
        try:
            use()
            kept = kept and sys.getprofile() is watch
        except Exception:
            pass  # whether it works is for other tests
        finally:
            sys.setprofile(None)
        found[words] = list(dict.fromkeys(entered))
    return {
        "a Module": nn.Module in bases,
        "inherited": inherited,
        "from text": from_text,
        "entered": found,
        "still watched": kept,
    }


def names_and_places(exercise, names, count):
    modules = [module.train(index != 1) for index, module in enumerate(some(count))]
    net = row(exercise, names, modules)
    return {
        "the list of names": [name for name, _ in nn.Module.named_children(net)],
        "list(net.state_dict())": list(nn.Module.state_dict(net)),
        "the row, as positions among the modules given,": places(net._modules.values(), modules),
        "net.training": net.training,
        "the list of module.training, of the modules given,": modes(modules),
    }


def given_dict(exercise):
    given = OrderedDict(zip(GIVEN, some(3), strict=True))
    net = exercise.Sequential(given)
    before = list(given)
    net.add_module("more", nn.ReLU())
    return {"before": before, "after": list(given)}


def build_from(exercise, what):
    a, b = nn.Linear(2, 2), nn.ReLU()
    arguments = {
        "Sequential([a, b])": ([a, b],),
        "Sequential(a, [b])": (a, [b]),
        "Sequential(nn.ReLU)": (nn.ReLU,),
        "Sequential(a, torch.relu)": (a, torch.relu),
        'Sequential("relu")': ("relu",),
        'Sequential(OrderedDict([("x", a), ("y", nn.ReLU)]))': (OrderedDict(x=a, y=nn.ReLU),),
        'Sequential(OrderedDict([("x", a)]), b)': (OrderedDict(x=a), b),
        'Sequential(b, OrderedDict([("x", a)]))': (b, OrderedDict(x=a)),
    }
    return catch(exercise.Sequential, *arguments[what])


def append_wrongly(exercise):
    net = exercise.Sequential(nn.Linear(2, 2))
    return {
        "the class": catch(net.append, nn.ReLU),
        "a list": catch(net.append, [nn.ReLU()]),
        "names": names_in(net),
    }


def build_with_name(exercise, name):
    names = []

    def build():
        names.extend(names_in(exercise.Sequential(OrderedDict([(name, nn.ReLU())]))))

    return {"ended": catch(build), "names": names}


def chain(widths):
    modules = []
    for before, after in itertools.pairwise(widths):
        modules += [nn.Linear(before, after), nn.Tanh()]
    return modules[:-1]


def run_it(exercise, names, widths, training, device):
    """Run with the first module in the other mode; what is random is drawn before the student's code runs."""
    modules = chain(widths)
    fill(nn.ModuleList(modules))
    x = torch.randn(5, widths[0], device=device, dtype=torch.float64, requires_grad=True)
    net = row(exercise, names, modules)
    moved = net.to(device)
    net.double()
    net.train(training)
    modules[0].train(not training)
    with naming_what_stayed(net, device):
        y = net(x)
    if torch.is_tensor(y) and y.requires_grad:
        (y + y.square()).sum().backward()
    gradients = {
        f"the gradient of net[{i}].weight": modules[i].weight.grad for i in range(0, len(modules), 2)
    }
    return {
        "moved": "net" if moved is net else f"a value of type {type(moved).__name__}",
        "run": {"the output": y, "the gradient of x": x.grad, **gradients},
        "modes": {"the list of module.training, of the modules in net,": modes(modules)},
    }


def run_with_repeats(exercise):
    twice, once = nn.Linear(3, 3), nn.Linear(3, 3)
    fill(nn.ModuleList([twice, once]))
    x = torch.randn(4, 3, dtype=torch.float64)
    inner = exercise.Sequential(once, twice)
    net = exercise.Sequential(twice, nn.Tanh(), inner, twice).double()
    y = net(x)
    if torch.is_tensor(y) and y.requires_grad:
        y.square().sum().backward()
    return {
        "the output": y,
        "the gradient of a.weight": twice.weight.grad,
        "the gradient of b.weight": once.weight.grad,
    }


class Pair(nn.Module):
    def forward(self, x):
        return x, 2 * x


class FirstMinusSecond(nn.Module):
    def forward(self, pair):
        first, second = pair
        return first - 3 * second


class Nothing(nn.Module):
    def forward(self, x):
        return None


class Tells(nn.Module):
    """Returns what it is given, and tells its type."""

    def __init__(self, tell):
        super().__init__()
        self.tell = tell

    def forward(self, x):
        self.tell(type(x).__name__)
        return x


def run_with_a_pair(exercise):
    x = torch.randn(2, 3, dtype=torch.float64)
    return {"the output": exercise.Sequential(Pair(), FirstMinusSecond(), nn.Tanh())(x)}


def run_empty(exercise):
    """What an empty row makes of a tensor and, where it returned that, of a pair."""
    x = torch.randn(2, 3)
    found = {}
    for words, net in {
        "Sequential()": exercise.Sequential(),
        "Sequential(OrderedDict())": exercise.Sequential(OrderedDict()),
    }.items():
        for name, given in {"(x)": x, "((x, 2))": (x, 2)}.items():
            returned = net(given)
            if returned is not given:
                found[words + name] = type(returned).__name__
                break
    return found


def run_oddly(exercise):
    """Run a row in which None is passed on, and rows on what they can't take."""
    x = torch.randn(4, 2)
    types = []
    y = exercise.Sequential(Nothing(), Tells(types.append))(x)
    passed_on = {"the list of the types of what b was given": types, "the output": y}
    in_float64 = catch(exercise.Sequential(nn.Linear(2, 3)), x.double())
    not_one = {
        "Sequential(nn.Linear(2, 3))(x, y)": catch(exercise.Sequential(nn.Linear(2, 3)), x, x),
        "Sequential(nn.Bilinear(2, 2, 3))(x, y)": catch(exercise.Sequential(nn.Bilinear(2, 2, 3)), x, x),
        "Sequential()(x, y)": catch(exercise.Sequential(), x, x),
        "Sequential()()": catch(exercise.Sequential()),
    }
    return passed_on, in_float64, not_one


def count_calls(exercise):
    a, b, c = nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)
    net = exercise.Sequential(a, b, c, b)
    calls = Calls([net, a, b, c])
    net(torch.randn(3, 2))
    return dict(zip(["net", "a", "b", "c"], calls.counts, strict=True))


def printed(exercise, what):
    if what == "Sequential(a, b, c)":
        return repr(exercise.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1, bias=False)))
    if what == "Sequential()":
        return repr(exercise.Sequential())
    inner = exercise.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    return repr(exercise.Sequential(OrderedDict([("stem_1", inner), ("head_2", nn.Flatten())])))


def list_it(exercise, names, count):
    modules = some(count)
    if count == 4:
        modules[3] = modules[1]
    net = row(exercise, names, modules)
    first, second = iter(net), iter(net)
    nested = [next(loop, None) for _ in range(min(count, 4)) for loop in (first, second)]
    return {
        "len(net)": len(net),
        "list(net), as positions of the modules given,": places(list(net), modules),
        "list(net), a second time,": places(list(net), modules),
        "what two loops over net give in turns, as positions,": places(nested, modules),
        "[net[0], net[1], ...], as positions of the modules given,": places(
            [net[i] for i in range(count)], modules
        ),
        "[net[-1], net[-2], ...], as positions of the modules given,": places(
            [net[-i - 1] for i in range(count)], modules
        ),
    }


def index_out_of_range(exercise, count, index, delete):
    net = exercise.Sequential(*some(count))
    ended = catch(net.__delitem__ if delete else net.__getitem__, index)
    return {"ended": ended, "names": names_in(net)}


def slice_it(exercise, names, bounds):
    modules = chain([2, 3, 4, 5])
    net = row(exercise, names, modules)
    net.train(names is None)
    modules[2].train(names is not None)
    part = net[slice(*bounds)]
    if type(part) is not type(net):
        return {"class": type(part).__name__}
    return {
        "its length": len(part),
        "the list of names in it": names_in(part),
        "the row in it, as positions in net,": places(list(part), modules),
        "the pair of its first and last module, as positions in net,": places(
            [part[0], part[-1]] if len(part) else [], modules
        ),
        "the list of names in net afterwards": names_in(net),
        "list(net) afterwards, as positions of the modules given,": places(list(net), modules),
        "net.training afterwards": net.training,
        "the list of module.training afterwards, of the modules in net,": modes(modules),
    }


def change_a_part(exercise):
    class Special(exercise.Sequential):
        pass

    net = Special(*chain([2, 3, 4, 5]))
    part = net[:]
    got = {"the class of net[:]": type(part).__name__}
    part.add_module("more", nn.ReLU())
    delattr(part, "0")
    calls = Calls([part])
    catch(net, torch.ones(1, 2))  # whether it works is for other tests
    return {
        **got,
        "the list of names in net, once a module was added to net[:] and one taken out of it,": names_in(net),
        "the number of times that a hook on net[:] ran in net(x)": calls.counts[0],
    }


class Hooked:
    """A container with hooks, and what they have counted once it has run forwards and backwards."""

    def __init__(self, net):
        self.net = net
        self.calls = Calls([net])
        self.backward = 0
        nn.Module.register_full_backward_hook(net, self.count)

    def count(self, *_):
        self.backward += 1

    def run(self, x):
        y = self.net(x.requires_grad_())
        if torch.is_tensor(y) and y.requires_grad:
            y.sum().backward()
        return {
            "the output of net": y,
            "the number of times that a hook on net ran": self.calls.counts[0],
            "the number of times that a backward hook on net ran": self.backward,
        }


def append_some(exercise, names):
    modules = chain([2, 3, 4])
    modules.append(modules[1])
    fill(nn.ModuleList(modules)).double()
    x = torch.randn(4, 2, dtype=torch.float64)
    net = row(exercise, names, modules[: len(names) if names else 0])
    catch(net, x)  # how an empty row ends is for another test
    net.eval()
    hooked = Hooked(net)
    rest = modules[len(names) if names else 0 :]
    returned = [net.append(module) is net for module in rest]
    return {
        "`net.append(module) is net`, each time,": returned,
        "the length of net": len(net),
        "the list of names in net": names_in(net),
        "the row in net, as positions among the modules given,": places(net._modules.values(), modules),
        **hooked.run(x),
        "net.training (it was in eval mode)": net.training,
        "the list of module.training, of the modules given,": modes(modules),
    }


def delete_some(exercise, names, indices):
    modules = [nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3), nn.Linear(3, 3)]
    modules.append(modules[1])
    fill(nn.ModuleList(modules)).double()
    x = torch.randn(2, 3, dtype=torch.float64)
    net = row(exercise, names, modules)
    net(x)
    net.eval()
    modules[0].train()
    modules[3].train()
    hooked = Hooked(net)
    for index in indices:
        del net[index]
    left = names_in(net)
    found = {
        "the length of net": len(net),
        "the row that is left, as positions in net before,": places(net._modules.values(), modules),
    }
    if names is None:
        found["the list of names that are left"] = left
    found |= {
        **hooked.run(x),
        "net.training (it was in eval mode)": net.training,
        "the list of module.training, of the modules given,": modes(modules),
    }
    if names is None:
        net.append(nn.ReLU())
        found["the list of names after one more append"] = names_in(net)
    return found


def changed(exercise):
    a, b, c, d = nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2), nn.Linear(2, 2)
    net = exercise.Sequential(a, b)
    _ = net(torch.ones(1, 2)), len(net), list(net), net[0]
    net.add_module("late", c)
    setattr(net, "0", d)
    return net, [a, b, c, d]


def look_at_changed(exercise):
    net, given = changed(exercise)
    return {
        "list(net), as positions in [a, b, c, d],": places(list(net), given),
        "[net[0], net[-1]], as positions in [a, b, c, d],": places([net[0], net[-1]], given),
        "len(net)": len(net),
    }


def run_changed(exercise):
    net, given = changed(exercise)
    fill(nn.ModuleList(given)).double()
    return {"the output of net": net(torch.randn(3, 2, dtype=torch.float64))}


class Hop(nn.Module):
    """Moves what it is given to a device of its own."""

    def __init__(self, device):
        super().__init__()
        self.device = device

    def forward(self, x):
        return x.to(self.device)


def run_on_the_way(exercise, *stops):
    """Build and run on the CPU; then move to one stop after the other, in another model, and run at each."""
    net = exercise.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    fill(nn.ModuleList(net._modules.values()))
    x = torch.randn(4, 2, device="cpu")
    found = {"the output of net(x) on the CPU": net(x)}
    for stop in stops:
        nn.ModuleList([net]).to(stop)
        with naming_what_stayed(net, stop):
            found[f'the output of net(x), then, after outer.to("{stop}"),'] = net(x.to(stop))
    return found


def handle(exercise, device):
    """Do everything to a row on a GPU that is no move."""
    a, b = nn.Linear(2, 2).to(device), nn.Linear(2, 2).to(device)
    c = nn.Linear(2, 2)
    net = exercise.Sequential(a, nn.Tanh(), b)
    modules = {"a": a, "b": b, "c": c}
    found = {}

    def look(after):
        for name, module in modules.items():
            found[f"the device of {name}, after {after},"] = str(module.weight.device)

    look("net = Sequential(a, nn.Tanh(), b)")
    part = exercise.Sequential(a, nn.Tanh(), b)[:2]
    look("net[:2]")
    _ = len(net), net[0], list(part)
    look("len(net), net[0] and list(net[:2])")
    net.append(c)
    look("net.append(c)")
    del net[2]
    look("del net[2]")
    return found


def count_traffic(exercise, device):
    net = exercise.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)).to(device)
    x = torch.randn(4, 2, device=device)
    net(x)
    traffic = Traffic()
    net(x)
    return {**traffic.counts(), "stayed behind": stayed_behind(net, device)}


def run_across(exercise, first, second):
    a, b, c = nn.Linear(2, 3), nn.Linear(3, 3), nn.Linear(3, 2)
    fill(nn.ModuleList([a, b, c]))
    x = torch.randn(4, 2, device=first)
    net = exercise.Sequential(a.to(first), Hop(second), b.to(second), Hop(first), c.to(first))
    net(x)
    traffic = Traffic()
    y = net(x)
    return {"the output": y}, traffic.counts()


def run_without_hops(exercise, first, second):
    """Two modules on two GPUs, and none between them that moves x."""
    a, b = nn.Linear(2, 3).to(first), nn.Linear(3, 2).to(second)
    net = exercise.Sequential(a, b)
    ended = catch(net, torch.randn(4, 2, device=first))
    return {"ended": ended, "places": {"a": str(a.weight.device), "b": str(b.weight.device)}}


# --- tests: these run in the judge --------------------------------------------------------------------------

OWN = "test_is_written_by_hand"


@pytest.mark.points(0.5)
def test_is_written_by_hand(student):
    """Sequential is an nn.Module of your own, without torch's containers"""
    got = student.run(where_it_comes_from, called="Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))")
    rule = "The exercise is to write it on top of nn.Module alone, with add_module and _modules."
    assert got["a Module"], "Sequential does not derive from nn.Module; expected class Sequential(nn.Module)."
    assert not got["inherited"], f"Sequential inherits from torch.nn.{got['inherited'][0]}. {rule}"
    assert not got["from text"], (
        f"Sequential.{got['from text'][0]} was made by running a string as code; expected a method that is "
        f"written in your file. {rule}"
    )
    for called, functions in got["entered"].items():
        assert not functions, (
            f"{called} ran {', '.join(functions[:3])} of torch's container.py, the file with nn.Sequential, "
            f"nn.ModuleList and nn.ModuleDict. {rule}"
        )
    assert got["still watched"], (
        "Your code called sys.setprofile; expected it to leave Python's profiler alone."
    )


@pytest.mark.points(1)
@pytest.mark.needs(OWN)
@pytest.mark.parametrize(("names", "count"), [(None, 3), (None, 12), (None, 0), (GIVEN, 3), ((), 0)])
def test_names_its_modules(student, reference, names, count):
    """Building: the modules are registered in order, named "0", "1", ... or as in the OrderedDict"""
    called = _called(names, count)
    same(
        student.run(names_and_places, names, count, called=called),
        reference.run(names_and_places, names, count),
        called=called,
        hint="" if names is None else "take the names and their order from the OrderedDict, as they are",
    )


@pytest.mark.points(0.25)
@pytest.mark.needs(OWN)
def test_leaves_the_given_dict_alone(student):
    """Building: the OrderedDict that was given stays as it was, whatever happens to the container"""
    got = student.run(given_dict, called='net = Sequential(given); net.add_module("more", nn.ReLU())')
    assert got["before"] == list(GIVEN), (
        f"After net = Sequential(given), the OrderedDict `given` has the keys {got['before']}; "
        f"expected {list(GIVEN)}."
    )
    assert got["after"] == list(GIVEN), (
        f'After net = Sequential(given), net.add_module("more", nn.ReLU()), the OrderedDict `given` '
        f"has the keys {got['after']}; expected {list(GIVEN)} as before: the container needs its own dict."
    )


@pytest.mark.points(0.5)
@pytest.mark.needs(OWN)
def test_refuses_what_is_not_a_module(student):
    """Building: a list, a class, a function or a string is a TypeError at once"""
    for called in (
        "Sequential([a, b])",
        "Sequential(a, [b])",
        "Sequential(nn.ReLU)",
        "Sequential(a, torch.relu)",
        'Sequential("relu")',
        'Sequential(OrderedDict([("x", a), ("y", nn.ReLU)]))',
        'Sequential(OrderedDict([("x", a)]), b)',
        'Sequential(b, OrderedDict([("x", a)]))',
    ):
        _expect("TypeError", student.run(build_from, called, called=called), called)


@pytest.mark.points(0.5)
@pytest.mark.needs(OWN)
def test_refuses_what_cannot_be_a_name(student):
    """Building: an empty name, one with a dot, or one that is taken by an attribute is a KeyError"""
    for name, reason in (
        ("block.relu", "a dot separates names in state_dict()"),
        ("", "the name is empty"),
        ("forward", "net.forward is the method"),
    ):
        called = f'net = Sequential(OrderedDict([("{name}", nn.ReLU())]))'
        got = student.run(build_with_name, name, called=called)
        names = got["names"]
        where = "that name" if name in names else f"another name, {names[0]!r}" if names else "no name"
        assert got["ended"]["raised"], (
            f"{called} raised nothing, and the module stands in net._modules under {where}; "
            f"expected a KeyError ({reason})."
        )
        _expect("KeyError", got["ended"], called, reason)


@pytest.mark.points(1)
@pytest.mark.needs(OWN)
@pytest.mark.parametrize(
    ("names", "widths", "training"),
    [
        (None, [3, 2], True),
        (None, [3, 5, 4, 2], True),
        (GIVEN, [2, 3, 4], False),
        (None, [2, 2, 2, 2, 2, 2, 2, 2], True),
    ],
)
def test_runs_its_modules_in_order(student, reference, names, widths, training, device):
    """Running: net(x) sends x through every module, in order, and gradients come back"""
    net = f"net = {_called(names, 2 * len(widths) - 3)}"
    called = f'{net}, net.to("{device}"), {"a.eval()" if training else "net.eval(), a.train()"} and net(x)'
    got = student.run(run_it, names, widths, training, device, called=called)
    assert got["moved"] == "net", (
        f'{net} and net.to("{device}") returned {got["moved"]}; expected net itself. nn.Module has a `to` that does '
        "all of this; one of your own must end with `return self`."
    )
    expected = reference.run(run_it, names, widths, training, device)
    hint = "every module gets what the one before it returned, in the order of the arguments or the dict"
    _same_run(got["run"], expected["run"], called, hint)
    hint = "a call changes no modes: net.train() and net.eval() do that, when somebody calls them"
    same(got["modes"], expected["modes"], called=called, hint=hint)


RUNS = "test_runs_its_modules_in_order"


@GPU_ALONE
@pytest.mark.points(0.5)
@pytest.mark.needs(RUNS)
def test_is_where_its_modules_are(student, reference, device):
    """Devices: net.to(device) moves the row, as often as it is called, and nothing else moves a module"""
    called = f"a and b are on {device}, c is on the CPU, and net = Sequential(a, nn.Tanh(), b)"
    got = student.run(handle, device, called=called)
    for what, expected in reference.run(handle, device).items():
        assert got[what] == expected, (
            f"Where a and b are on {device} and c is on the CPU, {what} is {got[what]}; expected {expected}. "
            "Modules are moved by net.to(...), when somebody calls that, and stay where they are otherwise."
        )
    stops = (device, "cuda:0", "cpu")
    built = "net = Sequential(a, nn.Tanh(), b), outer = nn.ModuleList([net])"
    called = f"{built}, net(x), and net(x) again after outer.to(device) for {', '.join(stops)}"
    got = student.run(run_on_the_way, *stops, called=called)
    same(got, reference.run(run_on_the_way, *stops), called=built)


@GPU_ALONE
@pytest.mark.points(0.5)
@pytest.mark.needs(RUNS)
def test_moves_nothing_between_devices(student, reference, device):
    """Devices: net(x) copies nothing from one device to another, and never waits for the GPU"""
    called = f'net(x), with net = Sequential(a, nn.Tanh(), b).to("{device}") and x there,'
    got = student.run(count_traffic, device, called=called)
    same_traffic(got, called=called, elsewhere=got["stayed behind"])
    called = (
        f"net(x), where net has modules on {device}, one that moves x to cuda:0, modules there, and one back"
    )
    got, counts = student.run(run_across, device, "cuda:0", called=called)
    expected, right = reference.run(run_across, device, "cuda:0")
    same(got, expected, called=called, hint="every module gets just what the one before it returned")
    same_traffic(counts, right, called=f"{called},")
    called = f"net = Sequential(a, b) and net(x), with x and a on cuda:0 and b on {device},"
    got = student.run(run_without_hops, "cuda:0", device, called=called)
    for name, place in {"a": "cuda:0", "b": device}.items():
        assert got["places"][name] == place, (
            f"{called} moved {name} to {got['places'][name]}; expected it to stay on {place}. "
            "Modules are moved by net.to(...), when somebody calls that."
        )
    _expect("Exception", got["ended"], called, "torch's own: nothing in net moves what a returns to b")


@pytest.mark.points(0.5)
@pytest.mark.needs(RUNS)
def test_runs_a_module_that_stands_twice(student, reference):
    """Running: one module object may stand in two places, and rows may stand in rows"""
    called = "net = Sequential(a, nn.Tanh(), Sequential(b, a), a) and net(x)"
    got = student.run(run_with_repeats, called=called)
    hint = "children() and modules() leave out what they have seen already; `_modules` has every place"
    _same_run(got, reference.run(run_with_repeats), called, hint)


@pytest.mark.points(0.5)
@pytest.mark.needs(OWN)
def test_takes_and_passes_one_thing(student, reference):
    """Running: exactly one input; a tuple is passed on as it is; an empty row returns its input"""
    called = "Sequential(a, b, c)(x), where a returns a pair and b takes a pair"
    same(
        student.run(run_with_a_pair, called=called),
        reference.run(run_with_a_pair),
        called=called,
    )
    for words, kind in student.run(run_empty, called="Sequential()(x)").items():
        what = "None" if kind == "NoneType" else f"something else, of type {kind}"
        raise AssertionError(f"{words} returned {what}; expected the very object that it was given.")
    called = "Sequential(a, b)(x), where a returns None and b returns what it was given"
    passed_on, in_float64, not_one = student.run(run_oddly, called=called)
    same(
        passed_on,
        reference.run(run_oddly)[0],
        called=called,
        hint="None is passed on like anything else that a module returns",
    )
    for words, ended in not_one.items():
        _expect("TypeError", ended, words, "a row takes exactly one input")
    called = "Sequential(nn.Linear(2, 3))(x), with x in float64 and the weights in float32,"
    _expect("Exception", in_float64, called, "torch's own: the row hands on what it gets as it is")


@pytest.mark.points(0.5)
@pytest.mark.needs(OWN)
def test_runs_hooks(student):
    """Running: hooks on the container and on its modules run once for each call"""
    called = "net = Sequential(a, b, c, b) and net(x)"
    got = student.run(count_calls, called=called)
    expected = {"net": 1, "a": 1, "b": 2, "c": 1}
    for name, times in expected.items():
        assert got[name] == times, (
            f"After {called}, a forward hook on {name} ran {_times(got[name])}; expected {_times(times)}. "
            "Hooks belong to the call module(x), which nn.Module defines and which calls forward: "
            "module.forward(x) skips them, and so does a __call__ of your own."
        )


@pytest.mark.points(0.25)
@pytest.mark.needs(OWN)
def test_prints_like_torchs(student, reference):
    """print(net) shows what it shows for torch.nn.Sequential"""
    for what in ("Sequential(a, b, c)", "Sequential(OrderedDict(...))", "Sequential()"):
        got, expected = student.run(printed, what, called=f"print({what})"), reference.run(printed, what)
        assert got == expected, f"print({what}) shows\n{got}\nexpected\n{expected}"


@pytest.mark.points(0.75)
@pytest.mark.needs(OWN)
@pytest.mark.parametrize(("names", "count"), [(None, 4), (None, 12), (GIVEN, 3), (None, 0)])
def test_is_like_a_list(student, reference, names, count):
    """len, loops and positions: net[i] and net[-i] are the modules that were given, whatever their names"""
    called = f"net = {_called(names, count)}"
    same(
        student.run(list_it, names, count, called=f"{called}; len(net), list(net), net[i]"),
        reference.run(list_it, names, count),
        called=called,
        hint=("here the fourth module is the second one again; " if count == 4 else "")
        + "`_modules` holds every place, in order",
    )


@pytest.mark.points(0.25)
@pytest.mark.needs("test_is_like_a_list")
def test_says_when_a_position_is_not_there(student):
    """Positions: IndexError where there is no module"""
    cases = [(3, 3), (3, -4), (0, 0), (0, -1)]
    for delete, (count, index) in itertools.product((False, True), cases):
        net = _called(None, count)
        called = f"{'del ' if delete else ''}{net}[{index}]"
        got = student.run(index_out_of_range, count, index, delete, called=called)
        _expect("IndexError", got["ended"], called)
        assert len(got["names"]) == count, (
            f"{called} raised an IndexError, and then net._modules held {len(got['names'])} modules; "
            f"expected all {count}."
        )


@pytest.mark.points(1)
@pytest.mark.needs("test_is_like_a_list")
def test_slices(student, reference):
    """Slices: a new container of the same class, with the same modules under the same names"""
    cases = [
        (None, (0, 2, None)),
        (None, (1, None, None)),
        (FIVE, (-3, -1, None)),
        (None, (None, None, -2)),
        (None, (5, None, None)),
    ]
    for names, bounds in cases:
        modes_set = "c.eval()" if names is None else "net.eval(), c.train()"
        called = f"net = {_called(names, 5)}, {modes_set} and net[{_slice(bounds)}]"
        got = student.run(slice_it, names, bounds, called=called)
        assert "class" not in got, (
            f"{called} gave a {got['class']}; expected a container of the same class as net, a Sequential."
        )
        same(
            got,
            reference.run(slice_it, names, bounds),
            called=called,
            hint="the part holds the very modules of net, under their names, and net and its modules stay as they are",
        )
    called = "class Special(Sequential), net = Special(a, b, c, d, e) and net[:]"
    same(
        student.run(change_a_part, called=called),
        reference.run(change_a_part),
        called=called,
        hint="the part is a new container of net's own class, with dicts of its own, also for its hooks; net stays as it is",
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_runs_its_modules_in_order")
@pytest.mark.parametrize("names", [None, ("stem_1", "body_2")])
def test_appends(student, reference, names):
    """append: the module is the last, named by its position; append returns the container"""
    start = "Sequential()" if names is None else _called(names, 2)
    rest = "a, b, c and b again" if names is None else "c, and for b again"
    called = f"net = {start}, net(x), net.eval() and net.append(module) for {rest}"
    same(
        student.run(append_some, names, called=called),
        reference.run(append_some, names),
        called=called,
        hint="append adds a module, also one that is in net already, and changes neither hooks nor modes",
    )
    if names is None:
        got = student.run(append_wrongly, called="Sequential(a).append(nn.ReLU)")
        _expect("TypeError", got["the class"], "Sequential(a).append(nn.ReLU)")
        _expect("TypeError", got["a list"], "Sequential(a).append([nn.ReLU()])")
        assert len(got["names"]) == 1, (
            f"After net = Sequential(a) and two appends that raised, the names in net are {got['names']}; "
            "expected the one of a: what is refused must not be added."
        )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_runs_its_modules_in_order")
@pytest.mark.parametrize(("names", "indices"), [(None, [1]), (None, [-1]), (None, [0, -2]), (FIVE, [3, 0])])
def test_deletes(student, reference, names, indices):
    """del: the module at that position is gone, the others keep their order, and numbers have no gap"""
    steps = ", ".join(f"del net[{index}]" for index in indices)
    called = f"net = {_called(names, 5)}, net(x), net.eval(), a.train(), d.train() and {steps}"
    same(
        student.run(delete_some, names, indices, called=called),
        reference.run(delete_some, names, indices),
        called=called,
        hint="the fifth module is the second again; del takes out the one at the position that was named, "
        "numbers the names anew, and changes nothing else about net",
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_runs_its_modules_in_order")
@pytest.mark.needs("test_is_like_a_list")
def test_keeps_modules_in_one_place(student, reference):
    """One place: what others put into the container with add_module or setattr takes part"""
    called = 'net = Sequential(a, b), net(x), net.add_module("late", c) and setattr(net, "0", d)'
    hint = "keep no list or number of your own beside `_modules`, not from the first call either: they drift apart"
    same(
        student.run(look_at_changed, called=called),
        reference.run(look_at_changed),
        called=called,
        hint=hint,
    )
    called += " and net(x)"
    got = student.run(run_changed, called=called)
    same(got, reference.run(run_changed), called=called, hint=hint)


# --- words for messages -------------------------------------------------------------------------------------


def _called(names, count):
    if names is not None:
        pairs = ", ".join(
            f'("{name}", {letter})' for name, letter in zip(names, "abcdefghijkl", strict=False)
        )
        return f"Sequential(OrderedDict([{pairs}]))"
    letters = ", ".join("abcdefghijkl"[:count]) if count <= 5 else f"a, b, ...: {count} modules"
    return f"Sequential({letters})"


def _slice(bounds):
    start, stop, step = ("" if bound is None else str(bound) for bound in bounds)
    return f"{start}:{stop}" + (f":{step}" if step else "")


def _same_run(got, expected, called, hint):
    """Compare the output first, then the gradients, with a word of its own for one that is None."""
    same({"the output": got["the output"]}, {"the output": expected["the output"]}, called=called, hint=hint)
    for name, value in got.items():
        assert value is not None, (
            f"After {called} and a backward pass, {name} is None; expected a tensor. The output does not "
            "depend on it: it was left out, copied, or cut off with detach() or no_grad()."
        )
    same(got, expected, called=f"{called} and a backward pass", hint=hint)


def _times(count):
    return {0: "not at all", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _expect(error, ended, called, because=""):
    """Fail unless a call ended with the error that the lesson names, or with any, if that is Exception."""
    if error in ended["kinds"]:
        return
    how = f"raised {ended['raised']}: {ended['message']}" if ended["raised"] else "raised nothing"
    if not ended["raised"] and not called.startswith("del "):
        how += " and returned " + (
            "None" if ended["message"] == "NoneType" else f"a value of type {ended['message']}"
        )
    reason = f" ({because})" if because else ""
    raise AssertionError(f"{called} {how}; expected {'an' if error[0] in 'AEI' else 'a'} {error}{reason}.")
