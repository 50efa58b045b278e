"""Hidden suite of 04_moduledict: are all heads registered, and is only the right one used?"""

import itertools

import pytest
import torch
from torch import nn

from grader.suite import Calls, Traffic, catch, fill, same, sent

HEADS = {"parity": 2, "top-5": 5, "Angle": 1}
OTHER = "tempo-3"  # a task of another net
NEARLY = {"rtol": 1e-6, "atol": 1e-7}  # a constant in a buffer has only float32's digits, also after double()
GPU = "cuda:1"
NET = f"net = MultiTaskNet(4, 6, {HEADS}, 'relu')"


def make(exercise, activation="relu"):
    return exercise.MultiTaskNet(4, 6, {"parity": 2, "top-5": 5, "Angle": 1}, activation)


def parameters_by_name(net):
    return dict(sorted(nn.Module.named_parameters(net)))


# --- construction ------------------------------------------------------------------------------------------


def registered(exercise, heads):
    net = exercise.MultiTaskNet(4, 6, dict(heads), "gelu")
    return {
        "parameters": {name: tuple(p.shape) for name, p in parameters_by_name(net).items()},
        "state_dict": sorted(nn.Module.state_dict(net)),
    }


def containers(exercise):
    net = make(exercise)
    found = {
        "trunk": issubclass(type(net.trunk), nn.Linear),
        "heads": issubclass(type(net.heads), nn.ModuleDict),
    }
    if found["heads"]:
        found["order"] = [str(name) for name in net.heads]
        found["others"] = [n for n in found["order"] if not issubclass(type(net.heads[n]), nn.Linear)]
    return found


def first_weights(exercise):
    net = exercise.MultiTaskNet(4, 6, {"one": 3, "two": 3}, "relu")
    net.add_head("three", 3)
    net.add_head("four", 3)
    return {name: net.heads[name].weight for name in ("one", "two", "three", "four")}


@pytest.mark.points(1)
@pytest.mark.parametrize("heads", [HEADS, {"only": 7}, {}])
def test_registers_trunk_and_heads(student, reference, heads):
    """Construction: the parameters are those of the trunk and of one head for each task"""
    called = f"MultiTaskNet(4, 6, {heads}, 'gelu')"
    got = student.run(registered, heads, called=called)
    expected = reference.run(registered, heads)
    expect_parameters(got["parameters"], expected["parameters"], called)
    assert got["state_dict"] == expected["state_dict"], (
        f"{called}: its state_dict has the names {got['state_dict']}; expected {expected['state_dict']}."
    )


@pytest.mark.points(0.5)
def test_keeps_the_heads_in_a_moduledict(student):
    """Construction: `heads` is an nn.ModuleDict of nn.Linear, in the order of the mapping"""
    got = student.run(containers, called=f"{NET}; net.trunk; net.heads")
    assert got["trunk"], f"After {NET}, net.trunk is not an nn.Linear; expected one nn.Linear(4, 6)."
    assert got["heads"], (
        f"After {NET}, net.heads is not an nn.ModuleDict; expected one. Heads that stand in another "
        "container, or in none, are not known to the model, or not by the names heads.TASK."
    )
    assert not got["others"], (
        f"After {NET}, these heads are not of the class nn.Linear: {got['others']}; expected all to be."
    )
    assert got["order"] == list(HEADS), (
        f"After {NET}, the order of net.heads is {got['order']}; expected {list(HEADS)}, as in the mapping."
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_registers_trunk_and_heads")
def test_heads_start_different(student):
    """Construction and add_head: no head starts as a copy of another"""
    called = "net = MultiTaskNet(4, 6, {'one': 3, 'two': 3}, 'relu'); net.add_head('three', 3); net.add_head('four', 3)"
    got = student.run(first_weights, called=f"{called}; net.heads['three']")
    for name, weight in got.items():
        spread = float(weight.detach().std())
        assert 1e-3 < spread < 10, (
            f"{called}: the weights of the head '{name}' have a standard deviation of {spread:.3g}; expected "
            "random values of an ordinary size, as nn.Linear draws them."
        )
    for a, b in itertools.combinations(got, 2):
        assert not torch.equal(got[a], got[b]), (
            f"{called}: the weights of the heads '{a}' and '{b}' are equal from the start; expected "
            "different ones, as each nn.Linear draws its own."
        )


# --- forward -----------------------------------------------------------------------------------------------


def run_one_task(exercise, activation, task, shape, device):
    net = fill(make(exercise, activation)).to(device).double()
    x = torch.randn(*shape, 4, device=device, dtype=torch.float64, requires_grad=True)
    y = net(x, task)
    if not issubclass(type(y), torch.Tensor):
        return {"the output": y}
    if y.requires_grad:
        weights = torch.randn(y.shape, dtype=torch.float64).to(y.device)
        (y * weights).sum().backward()
    gradients = {
        f"the gradient of {name}": parameter.grad
        for name, parameter in parameters_by_name(net).items()
        if name.startswith(("trunk.", f"heads.{task}."))
    }
    return {"the output": y, "the gradient of x": x.grad, **gradients}


def values(exercise, activation, task, shape):
    net = fill(make(exercise, activation)).double()
    x = torch.randn(*shape, 4, dtype=torch.float64)
    head = net.heads[task]
    return [tensor.detach() for tensor in (x, net.trunk.weight, net.trunk.bias, head.weight, head.bias)]


def ask_one_head(exercise, heads, task):
    net = exercise.MultiTaskNet(4, 6, dict(heads), "tanh")
    calls = Calls([net, net.trunk, *[net.heads[name] for name in heads]])
    net(torch.randn(3, 4), task).sum().backward()
    return {
        "calls": calls.counts,
        "with a gradient": [name for name, p in parameters_by_name(net).items() if p.grad is not None],
    }


def condition(net):
    named = parameters_by_name(net)
    return {
        "the names in net.state_dict()": sorted(nn.Module.state_dict(net)),
        "the parameters that require a gradient": [n for n, p in named.items() if p.requires_grad],
        "the parameters that have a gradient": [n for n, p in named.items() if p.grad is not None],
        "the modules in training mode": sorted(n for n, m in nn.Module.named_modules(net) if m.training),
    }


def gradients_of(net, x):
    named = {"x": x, **parameters_by_name(net)}
    return {name: tensor.grad.clone() for name, tensor in named.items() if tensor.grad is not None}


def ask_twice(exercise):
    net = make(exercise, "tanh")
    x = torch.randn(3, 4)
    kept = x.clone()
    before = condition(net)
    first = net(x, "parity")
    first.sum().backward()
    with_gradient = "the parameters that have a gradient"
    before[with_gradient] = condition(net)[with_gradient]
    x.grad = torch.ones(3, 4)
    gradients = gradients_of(net, x)
    net(x, "top-5")
    again = net(x, "parity")
    found = {"x": x, "kept": kept, "y": first, "z": again}
    return found, before, condition(net), gradients, gradients_of(net, x)


def train(exercise):
    net = fill(make(exercise, "tanh")).double()
    optimizer = torch.optim.SGD(nn.Module.parameters(net), lr=0.05)
    x = torch.randn(3, 4, dtype=torch.float64)
    for task in ("top-5", "parity", "parity", "top-5"):
        optimizer.zero_grad()
        net(x, task).square().mean().backward()
        optimizer.step()
    return {name: p.detach() for name, p in parameters_by_name(net).items()}


@pytest.mark.points(1.5)
@pytest.mark.needs("test_registers_trunk_and_heads")
@pytest.mark.parametrize(
    ("activation", "task", "shape", "device"),
    [
        ("relu", "parity", (5,), "cpu"),
        ("tanh", "top-5", (2, 3), "cpu"),
        ("gelu", "Angle", (), "cpu"),
        ("relu", "Angle", (1,), "cpu"),
        ("relu", "parity", (5,), GPU),
        ("tanh", "top-5", (2, 3), GPU),
        ("gelu", "Angle", (), GPU),
    ],
)
def test_runs_trunk_activation_and_head(student, reference, activation, task, shape, device):
    """forward: x goes through the trunk, the activation and the head of the task"""
    called = f"MultiTaskNet(4, 6, {HEADS}, '{activation}')(x, '{task}')"
    got = student.run(run_one_task, activation, task, shape, device, called=called)
    expected = reference.run(run_one_task, activation, task, shape, device)
    called += f" with x of shape {(*shape, 4)}"
    output = got["the output"]
    hint = resembles(output, activation, *reference.run(values, activation, task, shape))
    if type(output) is torch.Tensor and str(sent(output).device) != device:
        hint = "the output belongs where x and the net are, and the net stays where it is"
    same(
        {"the output": output},
        {"the output": expected["the output"]},
        called=called,
        hint=hint or f"x goes through the trunk, {activation}, the head '{task}', and nothing else",
        **NEARLY,
    )
    for name, gradient in got.items():
        assert gradient is not None, (
            f"After {called} and a backward, {name} is None; expected a tensor. Something on the way "
            "from there to the output cuts the graph, such as detach or no_grad."
        )
    same(got, expected, called=f"{called} and a backward", **NEARLY)


@pytest.mark.points(0.5)
@pytest.mark.needs("test_registers_trunk_and_heads")
@pytest.mark.parametrize(
    ("heads", "task"), [(HEADS, "top-5"), (HEADS, "Angle"), ({"one": 3, "two": 3, "three": 3}, "one")]
)
def test_asks_one_head_only(student, heads, task):
    """forward: trunk and head are called once, as modules; the other heads neither run nor get gradients"""
    called = f"net = MultiTaskNet(4, 6, {heads}, 'tanh'); net(x, '{task}').sum().backward()"
    got = student.run(ask_one_head, heads, task, called=called)
    modules = ["net", "net.trunk", *[f"net.heads['{name}']" for name in heads]]
    wanted = ("net", "net.trunk", f"net.heads['{task}']")
    for module, count in zip(modules, got["calls"], strict=True):
        advice = ""
        if count == 0:
            advice = " Hooks only run where a module is called as module(x): not by module.forward(x)."
        elif module not in wanted:
            advice = " Only the head of the task that was asked for is to run."
        assert count == (module in wanted), (
            f"{called} called {module} {times(count)}; expected {times(int(module in wanted))}.{advice}"
        )
    expected = [f"heads.{task}.bias", f"heads.{task}.weight", "trunk.bias", "trunk.weight"]
    assert got["with a gradient"] == expected, (
        f"After {called}, these parameters have a gradient: {got['with a gradient']}; expected {expected}."
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_registers_trunk_and_heads")
def test_forward_leaves_no_traces(student):
    """forward: the same x gives the same output again, and x and the net stay as they were"""
    called = "y = net(x, 'parity'); y.sum().backward(); x.grad = torch.ones(3, 4); "
    called += "net(x, 'top-5'); z = net(x, 'parity')"
    got, before, after, gradients, gradients_after = student.run(ask_twice, called=called)
    assert torch.equal(got["x"], got["kept"]), (
        f"{called} changed the values in x; a model must leave its input alone."
    )
    assert torch.equal(got["y"], got["z"]), (
        f"After {called}, y and z differ; expected equal outputs, since x and the weights are the same."
    )
    for what, names in before.items():
        changes = [f"{name!r} was added" for name in after[what] if name not in names]
        changes += [f"{name!r} was removed" for name in names if name not in after[what]]
        advice = " self.name = module registers a module, in forward as well." if "state_dict" in what else ""
        assert not changes, f"{called} changed {what}: {', '.join(changes)}; expected no change.{advice}"
    assert not got["x"].requires_grad, (
        f"After {called}, x.requires_grad is True; expected False, as before: that is for the caller to set."
    )
    for name, gradient in gradients.items():
        now = gradients_after.get(name)
        assert now is not None, (
            f"{called}: the last two calls threw away the gradient of {name}; expected no change."
        )
        assert torch.equal(now, gradient), (
            f"{called}: the last two calls changed the gradient of {name}; expected no change: gradients are "
            "added up from call to call, until the caller sets them to zero."
        )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_runs_trunk_activation_and_head")
def test_trains_task_after_task(student, reference):
    """forward: one task after another can be trained on the same x"""
    called = "four steps of SGD on net(x, task).square().mean(), for 'top-5', 'parity', 'parity', 'top-5'"
    same(
        student.run(train, called=called),
        reference.run(train),
        called=called,
        requires_grad=False,
        hint="after a step the weights are others: nothing that was computed before may be used again",
    )


# --- devices -----------------------------------------------------------------------------------------------


def use_and_move(exercise, activation, device):
    """What a net gives that is used where it was made, then moved to a device, used there, and moved on."""
    net = fill(make(exercise, activation))
    x = torch.randn(3, 4)
    return {
        f"the output on {place}": net.to(place)(x.to(place), "parity") for place in ("cpu", device, "cuda:0")
    }


def places(net):
    return {name: str(parameter.device) for name, parameter in parameters_by_name(net).items()}


def traffic_of_forward(exercise, activation, device):
    net = fill(make(exercise, activation))
    x = torch.randn(3, 4)
    for place in ("cpu", device):  # what is made once, at the first call in a place, may be copied
        x = x.to(place)
        net.to(place)(x, "parity")
    traffic = Traffic()
    net(x, "parity")
    counts, apart = traffic.counts(), []
    for x_on, head_on in (("cpu", device), (device, "cpu")):
        net.heads["parity"].to(head_on)
        before = places(net)
        catch(net, x.to(x_on), "parity")
        apart.append((x_on, head_on, before, places(net)))
    return counts, apart


@pytest.mark.points(0.5)
@pytest.mark.needs("test_runs_trunk_activation_and_head")
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("device", [GPU])
def test_works_after_each_move(student, reference, activation, device):
    """On GPUs: a net that was used in one place works in the next one that it is moved to"""
    called = f"net = MultiTaskNet(4, 6, {HEADS}, '{activation}'); net(x, 'parity')"
    called += f"; net.to('{device}'); net(x.to('{device}'), 'parity'); the same with 'cuda:0'"
    same(
        student.run(use_and_move, activation, device, called=called),
        reference.run(use_and_move, activation, device),
        called=called,
        hint="net.to(device) moves parameters and buffers; a tensor that is kept elsewhere stays where it was",
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_works_after_each_move")
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("device", [GPU])
def test_forward_stays_on_the_device(student, activation, device):
    """On a GPU: forward copies nothing from one device to another, waits for no value, and moves no layer"""
    called = f"net(x, 'parity'), with activation '{activation}' and all on {device},"
    counts, apart = student.run(traffic_of_forward, activation, device, called=called)
    words = {
        "device_to_host": "copied a tensor from the GPU to the CPU",
        "host_to_device": "copied a tensor from the CPU to the GPU",
        "device_to_device": "copied a tensor from one GPU to another",
        "synchronisations": "waited for the GPU",
    }
    did = [f"{what} {times(counts[name])}" for name, what in words.items() if counts[name]]
    assert not did, (
        f"{called} {', and '.join(did)}; expected nothing of the kind. .item(), .cpu(), .tolist(), print and "
        "`if` on a tensor copy its value to the CPU and wait for it. For a constant, take a Python number, or "
        "make a buffer in __init__ that moves with the net."
    )
    for x_on, head_on, before, after in apart:
        moved = [f"{name} to {place}" for name, place in after.items() if place != before.get(name, place)]
        assert not moved, (
            f"net(x, 'parity'), with x on {x_on}, the head 'parity' on {head_on} and the rest of the net on {device}, "
            f"moved {', '.join(moved)}; expected the net to stay where it is. Whoever wants to move it calls "
            "net.to(...); until then, other parts of the program count on it."
        )


# --- errors ------------------------------------------------------------------------------------------------


def unknown_activation(exercise, activation):
    def use():
        make(exercise, activation)(torch.randn(2, 4), "parity")

    return catch(make, exercise, activation), catch(use)


def unknown_task(exercise, task):
    net = make(exercise)
    exercise.MultiTaskNet(4, 6, {OTHER: 2}, "relu")
    net.add_head("later", 3)
    return catch(net, torch.randn(2, 4), task)


@pytest.mark.points(0.5)
@pytest.mark.parametrize("activation", ["swish", "sigmoid"])
def test_unknown_activation(student, activation):
    """Construction: an unknown activation is a ValueError that lists the known ones"""
    called = f"MultiTaskNet(4, 6, {HEADS}, '{activation}')"
    got, used = student.run(unknown_activation, activation, called=called)
    note = ""
    if got["raised"] is None:
        note = " The net can even be used."
        if used["raised"] is not None:
            note = f" Only net(x, 'parity') then raised {used['raised']}, which is too late."
    expect_error(got, "ValueError", called, note)
    expect_names(got, ["relu", "tanh", "gelu"], called)


@pytest.mark.points(0.5)
@pytest.mark.parametrize("task", ["speed", "keys", OTHER])
def test_unknown_task(student, task):
    """forward: an unknown task is a KeyError that lists the known ones, also those that were added"""
    called = f"{NET}; other = MultiTaskNet(4, 6, {{'{OTHER}': 2}}, 'relu'); net.add_head('later', 3); net(x, '{task}')"
    got = student.run(unknown_task, task, called=called)
    expect_error(got, "KeyError", called)
    assert task == OTHER or OTHER not in got["message"], (
        f"{called} raised {got['raised']} with the message {got['message']!r}; expected it to list the tasks of net "
        f"alone. '{OTHER}' is a task of the other net. What belongs to one net is kept in self, not in the class or the module."
    )
    expect_names(got, [*HEADS, "later"], called)


# --- add_head ----------------------------------------------------------------------------------------------


def add_two(exercise, heads):
    net = fill(exercise.MultiTaskNet(4, 6, dict(heads), "gelu"))
    before = [str(name) for name in net.heads]
    old = parameters_by_name(net)
    values = {name: p.detach().clone() for name, p in old.items()}
    asked = {name: p.requires_grad for name, p in old.items()}
    net.add_head("later", 3)
    net.add_head("earlier", 2)
    new = parameters_by_name(net)
    return {
        "before": before,
        "after": [str(name) for name in net.heads],
        "parameters": {name: tuple(p.shape) for name, p in new.items()},
        "replaced": [name for name, p in old.items() if new.get(name) is not p],
        "changed": [name for name, p in old.items() if not torch.equal(p.detach(), values[name])],
        "requires_grad": (asked, {name: p.requires_grad for name, p in old.items()}),
    }


def run_added(exercise, heads):
    net = exercise.MultiTaskNet(4, 6, dict(heads), "gelu")
    net.add_head("later", 3)
    net.add_head("earlier", 2)
    fill(net).double()
    if "parity" in heads:
        with torch.no_grad():
            net.heads["parity"].weight.copy_(net.heads["earlier"].weight)
            net.heads["parity"].bias.copy_(net.heads["earlier"].bias)
    x = torch.randn(5, 4, dtype=torch.float64)
    found = {}
    for task in [*[name for name in heads if name == "parity"], "earlier"]:
        y = net(x, task)
        y.square().sum().backward()
        gradient = net.heads[task].weight.grad
        gradient = None if gradient is None else gradient.clone()  # as it is now, whatever a later call does
        found[task] = {"the output": y, "the gradient of the head's weight": gradient}
    return found


def add_after(exercise, conversion, device):
    net = make(exercise).to(device)
    net = net.bfloat16() if conversion == "bfloat16()" else net.double().to("meta")
    before = next(nn.Module.parameters(net.trunk))
    before = f"{before.dtype} on {before.device}"
    nn.Module.requires_grad_(net.trunk, False)
    net.add_head("later", 3)
    tensors = {"the trunk": next(nn.Module.parameters(net.trunk))}
    for name, parameter in nn.Module.named_parameters(net.heads["later"]):
        tensors[f"the new head's {name}"] = parameter
    found = {name: f"{tensor.dtype} on {tensor.device}" for name, tensor in tensors.items()}
    return before, found, {name: tensor.requires_grad for name, tensor in tensors.items()}


def add_beside_moved_heads(exercise, device, elsewhere):
    """The heads that are there are somewhere else than the trunk, in another dtype."""
    net = make(exercise).to(device).bfloat16()
    for name in ("parity", "top-5", "Angle"):
        net.heads[name].to(elsewhere, torch.float32)

    def look():
        return {
            name: f"{tensor.dtype} on {tensor.device}"
            for name, tensor in [
                ("the trunk", next(nn.Module.parameters(net.trunk))),
                *((f"the head '{name}'", net.heads[name].weight) for name in ("parity", "top-5", "Angle")),
            ]
        }

    before = look()
    net.add_head("later", 3)
    new = nn.Module.named_parameters(net.heads["later"])
    return before, look(), {name: f"{tensor.dtype} on {tensor.device}" for name, tensor in new}


def add_again(exercise, name, out_features):
    net = make(exercise)
    net.add_head("later", 4)
    before = [str(task) for task in net.heads]
    old = parameters_by_name(fill(net))
    values = {key: p.detach().clone() for key, p in old.items()}
    outcome = catch(net.add_head, name, out_features)
    new = parameters_by_name(net)
    replaced = [key for key, p in old.items() if new.get(key) is not p]
    changed = [key for key, p in old.items() if not torch.equal(p.detach(), values[key])]
    return {
        "outcome": outcome,
        "before": before,
        "after": [str(task) for task in net.heads],
        "changed": sorted({*replaced, *changed}),
    }


def mapping_afterwards(exercise):
    heads = {"parity": 2, "top-5": 5}
    net = fill(exercise.MultiTaskNet(4, 6, heads, "tanh"))
    net.add_head("later", 3)
    left = {str(key): value if type(value) is int else type(value).__name__ for key, value in heads.items()}
    heads.clear()
    net = net.double()
    x = torch.randn(2, 4, dtype=torch.float64)
    return left, catch(net, x, "parity")


def two_nets(exercise):
    one = make(exercise, "tanh")
    two = exercise.MultiTaskNet(4, 6, {"top-5": 5, "other": 2}, "relu")
    one.add_head("later", 3)
    tasks = {
        "the tasks of the first, sorted,": sorted(one.heads),
        "the tasks of the second, sorted,": sorted(two.heads),
    }
    fill(one).double()
    fill(two).double()
    with torch.no_grad():
        for parameter in nn.Module.parameters(two):
            parameter.mul_(2)
    x = torch.randn(2, 4, dtype=torch.float64)
    return {
        **tasks,
        "the output of the first": one(x, "top-5"),
        "the output of the second": two(x, "top-5"),
    }


@pytest.mark.points(1)
@pytest.mark.needs("test_registers_trunk_and_heads")
@pytest.mark.parametrize("heads", [HEADS, {}])
def test_add_head_registers_and_runs(student, reference, heads):
    """add_head: the new head is registered, last, and can be used at once; the old heads stay as they are"""
    called = f"net = MultiTaskNet(4, 6, {heads}, 'gelu')"
    called += "; net.add_head('later', 3); net.add_head('earlier', 2)"
    got = student.run(add_two, heads, called=called)
    expected = reference.run(add_two, heads)
    expect_parameters(got["parameters"], expected["parameters"], called)
    order = [*got["before"], "later", "earlier"]
    assert got["after"] == order, f"After {called}, the heads are {got['after']}; expected {order}."
    assert not got["replaced"], (
        f"{called} put new tensors in the place of {got['replaced']}; expected them to stay the same "
        "objects: an optimizer that holds them would go on with the old ones."
    )
    assert not got["changed"], (
        f"{called} changed the values of {got['changed']}; expected them to stay as they were."
    )
    before, after = got["requires_grad"]
    for name, requires in before.items():
        assert after[name] == requires, (
            f"{called} changed requires_grad of '{name}' to {after[name]}; expected {requires}, as before: what is "
            "trained is for the caller to decide."
        )
    called += "; net(x, 'earlier')"
    found = student.run(run_added, heads, called=called)
    new = found["earlier"]
    assert new["the gradient of the head's weight"] is not None, (
        f"After {called} and a backward, the weight of the new head has no gradient; expected one."
    )
    shape = tuple(new["the output"].shape)
    assert shape == (5, 2), f"{called} with x of shape (5, 4) returned shape {shape}; expected (5, 2)."
    if "parity" in found:
        hint = "the weights of the heads 'earlier' and 'parity' were made equal here, so both give the same"
        same(new, found["parity"], called=called, hint=hint)


@pytest.mark.points(0.5)
@pytest.mark.parametrize("conversion", ["double().to('meta')", "bfloat16()"])
def test_add_head_follows_the_trunk(student, conversion):
    """add_head: the new head has the trunk's dtype, stands on the trunk's device, and can be trained"""
    called = f"net = net.{conversion}; net.trunk.requires_grad_(False); net.add_head('later', 3); net.heads['later']"
    trunk, got, requires_grad = student.run(add_after, conversion, "cpu", called=called)
    expect_beside(got, trunk, called)
    assert not requires_grad.pop("the trunk"), (
        f"After {called}, the trunk requires a gradient; expected it to stay frozen, as before: what is trained is "
        "for the caller to decide."
    )
    for name, requires in requires_grad.items():
        assert requires, (
            f"After {called}, {name} requires no gradient; expected that it does. A frozen trunk is the usual reason "
            "for a new head, which then learns alone."
        )


@pytest.mark.points(0.5)
@pytest.mark.parametrize("device", [GPU])
def test_add_head_follows_the_trunk_to_a_gpu(student, device):
    """add_head on a GPU: the new head stands where the trunk is, and the other heads stay where they are"""
    called = f"net = net.to('{device}').bfloat16(); net.trunk.requires_grad_(False); net.add_head('later', 3); net.heads['later']"
    trunk, got, _ = student.run(add_after, "bfloat16()", device, called=called)
    expect_beside(got, trunk, called)
    called = (
        f"net = net.to('{device}').bfloat16(); head.to('cuda:0', torch.float32) for each head in net.heads; "
        "net.add_head('later', 3)"
    )
    before, after, new = student.run(add_beside_moved_heads, device, "cuda:0", called=called)
    for name, found in new.items():
        assert found == before["the trunk"], (
            f"After {called}, the new head's {name} is {found}; expected {before['the trunk']}, as the trunk is. "
            "The other heads may be somewhere else: ask the trunk."
        )
    for name, found in after.items():
        assert found == before[name], (
            f"After {called}, {name} is {found}; expected {before[name]}, as it was before. "
            "add_head makes one new head, and moves and converts nothing else."
        )


@pytest.mark.points(0.5)
@pytest.mark.parametrize(("name", "out_features"), [("top-5", 5), ("later", 3)])
def test_add_head_refuses_a_taken_name(student, name, out_features):
    """add_head: a name that is taken is a ValueError, and nothing changes"""
    called = f"{NET}; net.add_head('later', 4); net.add_head('{name}', {out_features})"
    got = student.run(add_again, name, out_features, called=called)
    changed = got["changed"]
    note = f" It changed {changed}: the old head is lost." if changed else " The old head stayed."
    expect_error(got["outcome"], "ValueError", called, note if got["outcome"]["raised"] is None else "")
    assert got["after"] == got["before"], (
        f"After {called}, the heads are {got['after']}; expected {got['before']}, as before."
    )
    assert not changed, f"{called} raised ValueError, but had changed {changed} by then; expected no change."


@pytest.mark.points(0.5)
@pytest.mark.needs("test_runs_trunk_activation_and_head")
def test_nets_are_independent(student, reference):
    """Construction: a net shares nothing with another one, nor with the mapping that it was given"""
    called = "heads = {'parity': 2, 'top-5': 5}; net = MultiTaskNet(4, 6, heads, 'tanh')"
    called += "; net.add_head('later', 3)"
    left, outcome = student.run(mapping_afterwards, called=called)
    assert left == {"parity": 2, "top-5": 5}, (
        f"After {called}, the caller's mapping is {left}; expected it unchanged, {{'parity': 2, 'top-5': 5}}."
    )
    assert outcome["raised"] is None, (
        f"{called}; heads.clear(); net(x, 'parity') raised {outcome['raised']}: {outcome['message']}; "
        "expected an output: once it is made, the net does not depend on the mapping."
    )
    called = (
        f"one = MultiTaskNet(4, 6, {HEADS}, 'tanh'); "
        "two = MultiTaskNet(4, 6, {'top-5': 5, 'other': 2}, 'relu'); one.add_head('later', 3)"
    )
    same(
        student.run(two_nets, called=called),
        reference.run(two_nets),
        called=called,
        requires_grad=False,
        hint="what belongs to one net is kept in self, not in the class or the module",
    )


# --- words -------------------------------------------------------------------------------------------------


def times(count):
    return {0: "not at all", 1: "once", 2: "twice"}.get(count, f"{count} times")


def expect_parameters(got, expected, called):
    for name in expected:
        assert name in got, (
            f"After {called}, the net has no parameter '{name}'. It has {list(got)}; expected {list(expected)}."
        )
    more = [name for name in got if name not in expected]
    assert not more, f"After {called}, the net has parameters that belong to neither trunk nor heads: {more}."
    for name, shape in expected.items():
        assert got[name] == shape, f"After {called}, the shape of '{name}' is {got[name]}; expected {shape}."


def expect_beside(got, trunk, called):
    for name, found in got.items():
        assert found == trunk, (
            f"After {called}, {name} is {found}; expected {trunk}, as the trunk was before. "
            "A new nn.Linear knows nothing of what was done to the net."
        )


def expect_error(got, kind, called, note=""):
    assert got["raised"] is not None, f"{called} raised nothing; expected a {kind}.{note}"
    assert kind in got["kinds"], (
        f"{called} raised {got['raised']}: {got['message']}; expected a {kind}.{note}"
    )


def expect_names(got, names, called):
    missing = [name for name in names if name not in got["message"]]
    assert not missing, (
        f"{called} raised {got['raised']} with the message {got['message']!r}; expected it to list {names}, "
        f"but {missing} {'is' if len(missing) == 1 else 'are'} not in it."
    )


def resembles(output, activation, x, trunk_weight, trunk_bias, weight, bias):
    """In words, the usual mistake that gives just this output; empty if it is none of them."""
    linear, functions = (
        nn.functional.linear,
        {"relu": torch.relu, "tanh": torch.tanh, "gelu": nn.functional.gelu},
    )
    before = linear(x, trunk_weight, trunk_bias)
    right = linear(functions[activation](before), weight, bias)
    known = {
        "this is what comes out without any activation": linear(before, weight, bias),
        "this is what comes out with the activation after the head as well": functions[activation](right),
        "this is what comes out with the activation after the head only": functions[activation](
            linear(before, weight, bias)
        ),
        "this is what comes out with the activation before the trunk": linear(
            linear(functions[activation](x), trunk_weight, trunk_bias), weight, bias
        ),
        "this is what comes out with a softmax at the end": torch.softmax(right, -1),
        "this is what comes out with a log_softmax at the end": torch.log_softmax(right, -1),
        "this is the gelu approximated by tanh": linear(
            nn.functional.gelu(before, approximate="tanh"), weight, bias
        ),
    }
    for name, function in functions.items():
        if name != activation:
            known[f"this is what comes out with {name} instead of {activation}"] = linear(
                function(before), weight, bias
            )
    if type(output) is not torch.Tensor or output.shape != right.shape or output.dtype != right.dtype:
        return ""
    output = output.detach().cpu()
    if torch.allclose(output, right, **NEARLY):
        return ""
    return next((words for words, value in known.items() if torch.allclose(output, value, rtol=1e-9)), "")
