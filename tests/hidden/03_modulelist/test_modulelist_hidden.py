"""Hidden suite of 03_modulelist: are all layers registered, and does forward run them in the right order?"""

import pytest
import torch
from torch import nn

from grader.suite import (
    Mismatch,
    ModelCase,
    Scenario,
    also_on_gpu,
    listed,
    made,
    rules_for,
    same_as,
    same_scenario,
)


def mlp(widths, shape=(5,)):
    def inputs():
        return {"x": torch.randn(*shape, widths[0])}

    return ModelCase(f"MLP({widths})", inputs, batched=len(shape) > 0, other="MLP([5, 3])")


def reordered(order, shape=(8,)):
    """Layers a to d: a is in eval mode, b is frozen, and d has nothing to learn."""

    def given():
        a, b, c, d = nn.Linear(4, 4).eval(), nn.Linear(4, 4).requires_grad_(False), nn.Linear(4, 4), nn.Tanh()
        return {"a": a, "b": b, "c": c, "d": d}

    def inputs():
        return {"x": torch.randn(*shape, 4)}

    build = f"Reordered([a, b, c, d], order={order})"
    return ModelCase(
        build, inputs, given=given, batched=len(shape) > 0, other="Reordered([c, d], order=[1, 0])"
    )


# Enough rows and units that no relu can go unnoticed by chance.
MLPS = [
    mlp([3, 6, 5, 2], (6, 4)), mlp([4, 20], (3,)), mlp((3, 6, 2), ()), mlp([3, 6, 8, 6], (1, 20)),
    mlp([5, 5, 5, 5, 1], (20,)),
]  # fmt: skip
ORDERS = [
    reordered([2, 0, 3, 0]),
    reordered((1, 3, 1, 2)),
    reordered([2], ()),
    reordered([0, 1, 2, 3], (1, 8)),
]

test_house_rules = rules_for(MLPS[0], ORDERS[0], each=0.15)

# --- what the messages say ---------------------------------------------------------------------------------


def trace(exercise, case):
    """The layers that ran, each with whether it was given a negative number, and just what the one before put out."""
    net, inputs, given = made(case, exercise)
    ran, last = [], inputs["x"].clone()

    def watched(index, forward):
        def run(x):
            nonlocal last
            ran.append([index, bool((x < 0).any()), torch.equal(x, last)])
            last = forward(x)
            return last

        return run

    for index, layer in enumerate(given.values() if given else nn.Module.children(net.layers)):
        vars(layer)["forward"] = watched(index, layer.forward)
    net(inputs["x"])
    return ran[:50]


def what_ran(student, reference, case):
    """A hint out of the traces of two runs: which layers ran, and what came between them."""
    own = case.part == "MLP"
    names = [f"layers[{i}]" for i in range(9)] if own else ["a", "b", "c", "d"]
    try:
        ran = student.run(trace, case)
    except Exception:
        return ""
    should = reference.run(trace, case)
    if (got := [i for i, *_ in ran]) != (expected := [i for i, *_ in should]):
        return f"the layers that ran: {listed(names[i] for i in got)}; expected: {listed(names[i] for i in expected)}"
    for step, ((i, negative, passed_on), (_, usual, directly)) in enumerate(zip(ran, should, strict=True)):
        if negative and not usual:
            before = f"just what {names[i - 1]} put out" if passed_on else "negative numbers"
            return f"{names[i]} was given {before}; a relu has to come between" if i else ""
        if usual and not negative:
            return f"{names[i]} was given no negative numbers, as after a relu; nothing may stand before it"
        if directly and not passed_on:
            return f"{names[i]} was not given {'just what came out of the one before it' if step else 'x as it is'}"
    output, right = student.observe(case).output, reference.observe(case).output
    if (
        torch.is_tensor(output)
        and output.shape == right.shape
        and not (output < 0).any()
        and (right < 0).any()
    ):
        return "there are no negative numbers: nothing, and no relu, must follow the last layer"
    return "the right layers ran, in the right order: what comes out of the last one is the output"


def a_modulelist(exercise, case, name):
    """What stands in the list of layers: its class, and each layer's class and its place among the given ones."""
    net, _, given = made(case, exercise)
    layers = getattr(net, name, None)
    ours = issubclass(type(layers), nn.ModuleList)
    inside = [layers._modules[key] for key in layers._modules] if ours else []
    names = {id(module): name for name, module in given.items()}
    kinds = [
        names.get(id(m), "nn.Linear" if issubclass(type(m), nn.Linear) else f"another {type(m).__name__}")
        for m in inside
    ]
    return {"list": "nn.ModuleList" if ours else type(layers).__name__, "inside": kinds}


def check_list(student, reference, case, name):
    got, want = (
        student.run(a_modulelist, case, name, called=case.build),
        reference.run(a_modulelist, case, name),
    )
    words = f"{case.build}.{name}"
    if got["list"] != want["list"]:
        found = "not there, or None" if got["list"] == "NoneType" else f"of the class {got['list']}"
        raise Mismatch(f"{words} is {found}; expected an nn.ModuleList.")
    if got["inside"] != want["inside"]:
        raise Mismatch(
            f"{words} holds {listed(got['inside'])}; expected {listed(want['inside'])} and nothing else."
        )


# --- MLP ---------------------------------------------------------------------------------------------------

TRAINED = Scenario(
    """\
model = MLP([3, 4, 2])
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
sum(p.square().sum() for p in model.parameters()).backward()
optimizer.step()""",
    ("dict(model.state_dict())",), lambda: {"x": torch.randn(9, 3)}, part="MLP",
)  # fmt: skip
REPLACED = Scenario(
    """\
model = MLP([3, 4, 4, 2])
model(x), model.eval()(x)
model.layers[1] = new""",
    ("model(x)", "model.train()(x)"), lambda: {"x": torch.randn(9, 3), "new": nn.Linear(4, 4)}, part="MLP",
)  # fmt: skip


@pytest.mark.points(1.2)
def test_mlp_trains_every_layer(student, reference):
    """MLP: an optimizer gets hold of each layer's weight and bias, and state_dict() has just these"""
    same_scenario(
        student,
        reference,
        TRAINED,
        hint="each layer must be one that the model knows, once, under layers.0, layers.1, ...",
    )


@pytest.mark.points(0.4)
def test_mlp_keeps_its_layers_in_a_modulelist(student, reference):
    """MLP: `layers` is an nn.ModuleList with one nn.Linear per pair of widths"""
    check_list(student, reference, MLPS[2], "layers")


@pytest.mark.points(2.4)
@also_on_gpu(MLPS)
def test_mlp_runs_its_layers_in_order(student, reference, case, device):
    """MLP: forward sends x through every layer, with a relu after each but the last"""
    same_as(student, reference, case, device, explain=lambda: what_ran(student, reference, case))


@pytest.mark.points(0.5)
@pytest.mark.needs("test_mlp_trains_every_layer")
@pytest.mark.needs("test_mlp_runs_its_layers_in_order")
def test_mlp_runs_a_layer_that_was_replaced(student, reference):
    """MLP: a layer that is put into `layers` later is the one that runs"""
    same_scenario(
        student,
        reference,
        REPLACED,
        hint="forward has to take its layers out of self.layers each time it runs",
    )


# --- Reordered ---------------------------------------------------------------------------------------------

PLACES = Scenario(
    "model = Reordered([a, b, c], order=[2, 0])", ("dict(model.state_dict())",),
    lambda: {"a": nn.Linear(2, 2), "b": nn.Linear(2, 2), "c": nn.Linear(2, 2)}, part="Reordered",
)  # fmt: skip
LATER = Scenario(
    """\
model = Reordered([a, b], order=[1, 0, 1])
model(x), model.eval()(x)
model.linears[1] = new""",
    ("model(x)", "model.train()(x)"),
    lambda: {"x": torch.randn(5, 4), "a": nn.Linear(4, 4), "b": nn.Linear(4, 4), "new": nn.Linear(4, 4)}, part="Reordered",
)  # fmt: skip
ONE_TWICE = Scenario(
    "model = Reordered([a, a, b], order=[2, 1, 0])", ("names(model.linears)", "model(x)"),
    lambda: {"x": torch.randn(5, 4), "a": nn.Linear(4, 4), "b": nn.Linear(4, 4)}, part="Reordered",
)  # fmt: skip


class Hop(nn.Module):
    """Moves what it is given to the other GPU."""

    def forward(self, x):
        return x.to("cuda:0")


ACROSS = Scenario(
    """\
model = Reordered([a, hop, b, c], order=[0, 1, 2])
y = model(x)""",
    ("y", "places(a, b, c)"),
    lambda: {"x": torch.randn(3, 4), "a": nn.Linear(4, 4), "hop": Hop(), "b": nn.Linear(4, 4), "c": nn.Linear(4, 4)},
    part="Reordered",
)  # fmt: skip


@pytest.mark.points(0.4)
def test_reordered_keeps_the_layers_in_their_places(student, reference):
    """Reordered: `linears` is an nn.ModuleList of all the given layers, themselves, as they stood"""
    check_list(student, reference, ORDERS[0], "linears")


@pytest.mark.points(0.8)
def test_reordered_saves_every_layer_in_its_place(student, reference):
    """Reordered: state_dict() has the entries of the given layers, by their places, and no others"""
    same_scenario(
        student, reference, PLACES, hint="linears.0 is the first layer that was given, whichever runs first"
    )


@pytest.mark.points(1.7)
@also_on_gpu(ORDERS)
def test_reordered_runs_in_the_order_asked_for(student, reference, case, device):
    """Reordered: forward follows `order`, also where it repeats or leaves out a layer"""
    same_as(student, reference, case, device, explain=lambda: what_ran(student, reference, case))


@pytest.mark.points(0.5)
@pytest.mark.needs("test_reordered_runs_in_the_order_asked_for")
def test_reordered_runs_a_layer_that_was_replaced(student, reference):
    """Reordered: a layer that is put into `linears` later, or that stands in two places, is the one that runs"""
    same_scenario(
        student, reference, LATER, hint="forward has to take its layers out of self.linears each time it runs"
    )
    same_scenario(student, reference, ONE_TWICE)
