"""Hidden suite of 03_modulelist: are all layers registered, and does forward run them in the right order?"""

import pytest
import torch
from torch import nn

from grader.suite import Calls, fill, same

WIDTHS = [[4, 3], [3, 4, 2], [5, 5, 5, 5, 5, 1]]
ORDERS = [[2, 0, 1], [1, 1, 2, 0], [2]]


def parameter_shapes(exercise, widths):
    net = exercise.MLP(widths)
    return {name: tuple(p.shape) for name, p in nn.Module.named_parameters(net)}


def list_of_layers(exercise, widths):
    layers = exercise.MLP(widths).layers
    return {
        "is a ModuleList": issubclass(type(layers), nn.ModuleList),
        "the classes in it": [type(layer).__name__ for layer in layers],
    }


def run_mlp(exercise, widths, shape, device):
    net = fill(exercise.MLP(widths)).to(device).double()
    x = torch.randn(*shape, widths[0], device=device, dtype=torch.float64, requires_grad=True)
    y = net(x)
    (y * torch.randn_like(y)).sum().backward()
    gradients = {f"the gradient of {n}": p.grad for n, p in nn.Module.named_parameters(net)}
    return {"the output": y, "the gradient of x": x.grad, **gradients}


def run_mlp_twice(exercise, widths):
    net = exercise.MLP(widths)
    x = torch.randn(2, widths[0])
    before = x.clone()
    first, second = net(x), net(x)
    return {"equal": torch.equal(first, second), "untouched": torch.equal(x, before)}


def count_mlp_calls(exercise, widths):
    net = exercise.MLP(widths)
    calls = Calls(net.layers)
    net(torch.randn(2, widths[0]))
    return calls.counts


def reorder(exercise, order):
    linears = [nn.Linear(4, 4) for _ in range(3)]
    given = list(linears)
    net = exercise.Reordered(linears, list(order))
    return net, given


def reordered_parts(exercise, order):
    net, given = reorder(exercise, order)
    kept = list(net.linears)
    return {
        "the names of the parameters": [name for name, _ in nn.Module.named_parameters(net)],
        "the given layers, in their places": [a is b for a, b in zip(kept, given, strict=True)],
    }


def run_reordered(exercise, order, device):
    net, _ = reorder(exercise, order)
    net = fill(net).to(device).double()
    x = torch.randn(3, 4, device=device, dtype=torch.float64, requires_grad=True)
    y = net(x)
    y.square().sum().backward()
    return {"the output": y, "the gradient of x": x.grad}


def count_reordered_calls(exercise, order):
    net, given = reorder(exercise, order)
    calls = Calls(given)
    net(torch.randn(2, 4))
    return calls.counts


@pytest.mark.points(2)
@pytest.mark.parametrize("widths", WIDTHS)
def test_mlp_registers_every_layer(student, reference, widths):
    """MLP: every layer's weight and bias are parameters of the model"""
    called = f"MLP({widths})"
    got = student.run(parameter_shapes, widths, called=called)
    expected = reference.run(parameter_shapes, widths)
    assert len(got) == len(expected), (
        f"{called} has {len(got)} parameters {list(got)}; expected {len(expected)}: {list(expected)}."
    )
    assert got == expected, f"{called} has the parameters {got}; expected {expected}."


@pytest.mark.points(1)
def test_mlp_keeps_its_layers_in_a_modulelist(student):
    """MLP: `layers` is an nn.ModuleList of nn.Linear"""
    got = student.run(list_of_layers, [3, 4, 2], called="MLP([3, 4, 2]).layers")
    same(
        got,
        {"is a ModuleList": True, "the classes in it": ["Linear", "Linear"]},
        called="MLP([3, 4, 2]).layers",
    )


@pytest.mark.points(2)
@pytest.mark.needs("test_mlp_registers_every_layer")
@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("shape", [(5,), (2, 3)])
def test_mlp_runs_its_layers_in_order(student, reference, widths, shape, device):
    """MLP: forward sends x through every layer, with a relu after each but the last"""
    called = f"MLP({widths})(x)"
    same(
        student.run(run_mlp, widths, shape, device, called=called),
        reference.run(run_mlp, widths, shape, device),
        called=called,
        hint="write down by hand which layers and which relus x goes through for these widths",
    )


@pytest.mark.points(1)
def test_mlp_repeats_itself(student):
    """MLP: the same x gives the same output twice, and x is left as it was"""
    got = student.run(run_mlp_twice, [4, 4, 4], called="MLP([4, 4, 4])(x)")
    assert got["equal"], "MLP([4, 4, 4])(x) gave another output the second time; layers belong into __init__."
    assert got["untouched"], "MLP([4, 4, 4])(x) changed the values in x; a model must leave its input alone."


@pytest.mark.points(1)
def test_mlp_calls_its_layers(student):
    """MLP: layers are called as layer(x), not through layer.forward(x)"""
    got = student.run(count_mlp_calls, [3, 4, 2], called="MLP([3, 4, 2])(x)")
    assert got == [1, 1], (
        f"MLP([3, 4, 2])(x) called its two layers {got} times; expected once each. "
        "layer.forward(x) skips the hooks that layer(x) runs."
    )


@pytest.mark.points(1)
@pytest.mark.parametrize("order", ORDERS[:2])
def test_reordered_keeps_the_layers_in_place(student, reference, order):
    """Reordered: all layers are registered in `linears`, the ones that were given, as they stood"""
    called = f"Reordered([a, b, c], order={order})"
    same(
        student.run(reordered_parts, order, called=called),
        reference.run(reordered_parts, order),
        called=called,
    )


@pytest.mark.points(1)
@pytest.mark.parametrize("order", ORDERS)
def test_reordered_runs_in_the_order_asked_for(student, reference, order, device):
    """Reordered: forward follows `order`, also where it repeats or leaves out a layer"""
    called = f"Reordered([a, b, c], order={order})(x)"
    same(
        student.run(run_reordered, order, device, called=called),
        reference.run(run_reordered, order, device),
        called=called,
        hint="`order` says which layer comes first, second, third; it does not say where each layer goes",
    )


@pytest.mark.points(1)
def test_reordered_calls_its_layers(student):
    """Reordered: layers are called as layer(x), as often as they stand in `order`"""
    got = student.run(count_reordered_calls, [1, 1, 0], called="Reordered([a, b, c], order=[1, 1, 0])(x)")
    assert got == [1, 2, 0], (
        f"Reordered([a, b, c], order=[1, 1, 0])(x) called a, b and c {got} times; expected [1, 2, 0]."
    )
