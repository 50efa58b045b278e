"""Hidden suite of 03_modulelist: are all layers registered, and does forward run them in the right order?"""

import pytest
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from grader.suite import Calls, Traffic, catch, fill, naming_what_stayed, same, same_traffic, stayed_behind

WIDTHS = [[4, 3], (3, 4, 2), [2, 6, 3, 4], [5, 5, 5, 5, 1]]
RUNS = [  # enough rows and units that no relu can go unnoticed by chance
    ([4, 20], (1,), ""),
    ((3, 6, 2), (20,), ""),
    ([3, 4, 2], (2, 3), ""),
    ([3, 4, 2], (), ""),
    ([2, 6, 7, 4], (4, 1, 5), "transposed"),
    ([3, 6, 8, 6], (1, 20), ""),
    ([5, 5, 5, 5, 1], (20,), ""),
]
NAMES = "abcd"  # what the messages call the layers given to Reordered
ORDERS = [[2, 0, 1, 3], (1, 3, 1, 0), [2]]
SHAPES = [(8,), (1, 8), ()]  # of what is given to Reordered, for each of ORDERS
GPU_ALONE = pytest.mark.parametrize("device", ["cuda:1"], indirect=True)


# --- probes ------------------------------------------------------------------------------------------------


def registered(net):
    parameters = dict(nn.Module.named_parameters(net))
    shapes = {n: "not known yet" if is_lazy(p) else tuple(p.shape) for n, p in parameters.items()}
    return {"parameters": shapes, "state": list(nn.Module.state_dict(net))}


def registered_by_mlp(exercise, widths):
    net, other = exercise.MLP(widths[:]), exercise.MLP(widths[:])
    of_other = {id(p) for p in nn.Module.parameters(other)}
    shared = [name for name, p in nn.Module.named_parameters(net) if id(p) in of_other]
    return {**registered(net), "shared": shared}


def list_of_layers(exercise, widths):
    layers = getattr(exercise.MLP(widths[:]), "layers", None)
    inside = nn.Module.children(layers) if issubclass(type(layers), nn.Module) else ()
    return {
        "class": type(layers).__name__,
        "is a ModuleList": issubclass(type(layers), nn.ModuleList),
        "inside": [(type(layer).__name__, issubclass(type(layer), nn.Linear)) for layer in inside],
    }


def trace(layers, net, x):
    """What each layer was given when it ran, for hints only, never for a verdict.

    A list of [the layer, whether there was a negative number in it, whether it was x for the first layer that
    ran, and just what came out of the layer before for the others].
    """
    ran = []
    last = x.clone()

    def watched(index, forward):
        def run(given):
            nonlocal last
            ran.append([index, bool((given < 0).any()), torch.equal(given, last)])
            out = forward(given)
            last = out.detach().clone()
            return out

        return run

    try:
        for index, layer in enumerate(layers):
            layer.forward = watched(index, layer.forward)
        net(x)
    except Exception:
        return []
    return ran[:50]


def run_mlp(exercise, widths, shape, layout, device):
    x = torch.randn(*shape, widths[0], device=device, dtype=torch.float64)
    if layout == "transposed":
        x = x.transpose(0, -2).contiguous().transpose(0, -2)
    x.requires_grad_()
    factor = torch.randn(*shape, widths[-1], device=device, dtype=torch.float64)
    net = fill(exercise.MLP(widths[:])).to(device).double()
    parameters = dict(nn.Module.named_parameters(net))
    with naming_what_stayed(net, device):
        y = net(x)
    if isinstance(y, torch.Tensor) and y.requires_grad and y.shape == factor.shape:
        (y * factor).sum().backward()
    results = {"the output": y, "the gradient of x": x.grad}
    for name in sorted(parameters):
        results[f"the gradient of {name}"] = parameters[name].grad
    return results, trace(nn.Module.children(net.layers), net, x.detach())


def run_mlp_twice(exercise, widths):
    given = list(widths)
    x = torch.randn(20, widths[0])
    before = x.clone()
    net = exercise.MLP(given)
    first, second = net(x), net(x)
    exercise.MLP([5, 3])
    return {
        "x": x,
        "x before": before,
        "widths": given,
        "first": first,
        "second": second,
        "third": net(x),
    }


def count_mlp_calls(exercise, widths):
    net = exercise.MLP(widths[:])
    calls = Calls([net, *nn.Module.children(net.layers)])
    net(torch.randn(2, widths[0]))
    return calls.counts


def replace_in_mlp(exercise):
    x = torch.randn(5, 3, dtype=torch.float64)
    net = fill(exercise.MLP([3, 4, 4, 2])).double()
    new = fill(nn.Linear(4, 4)).double()
    before = net(x)
    net.layers[1] = new
    calls = Calls([new])
    after = net(x)
    return {"calls": calls.counts, "the output before": before, "the output of model(x)": after}


def four_layers(device="cpu"):
    """Layers a to d with weights that depend on the place they are given in, wherever they stand later."""
    given = [nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4), nn.Tanh()]
    return list(fill(nn.ModuleList(given)).to(device).double())


def reordered_parts(exercise, order):
    given = [nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4), nn.Tanh()]
    net = exercise.Reordered(list(given), order[:])
    linears = getattr(net, "linears", None)
    kept = nn.Module.children(linears) if issubclass(type(linears), nn.Module) else linears or ()
    if issubclass(type(linears), nn.ModuleList):
        kept = [linears._modules[key] for key in linears._modules]  # children() leaves out repetitions
    return {
        "class": type(linears).__name__,
        "is a ModuleList": issubclass(type(linears), nn.ModuleList),
        "kept": [next((i for i, layer in enumerate(given) if layer is module), -1) for module in kept],
        **registered(net),
    }


def run_reordered(exercise, order, shape, device):
    given = four_layers(device)
    x = torch.randn(*shape, 4, device=device, dtype=torch.float64, requires_grad=True)
    net = exercise.Reordered(list(given), order[:])
    with naming_what_stayed(net, device):
        y = net(x)
    if isinstance(y, torch.Tensor) and y.requires_grad:
        y.square().sum().backward()
    results = {"the output": y, "the gradient of x": x.grad}
    for letter, layer in zip("abc", given, strict=False):
        results[f"the gradient of {letter}.weight"] = layer.weight.grad
    return results, trace(given, net, x.detach())


def run_reordered_twice(exercise, order):
    layers = four_layers()
    layers[0].eval()
    layers[1].requires_grad_(False)
    linears, indices = list(layers), list(order)
    x = torch.randn(3, 4, dtype=torch.float64)
    before = x.clone()
    net = exercise.Reordered(linears, indices)
    first, second = net(x), net(x)
    exercise.Reordered([nn.Linear(4, 4).double(), nn.Tanh()], [1, 0])
    return {
        "linears": [next((i for i, layer in enumerate(layers) if layer is module), -1) for module in linears],
        "order": indices,
        "x": x,
        "x before": before,
        "in eval mode": [i for i, layer in enumerate(layers) if not layer.training],
        "trained": [i for i, layer in enumerate(layers) if any(p.requires_grad for p in layer.parameters())],
        "first": first,
        "second": second,
        "third": net(x),
    }


def count_reordered_calls(exercise, order):
    given = four_layers()
    net = exercise.Reordered(list(given), order[:])
    calls = Calls([net, *given])
    net(torch.randn(2, 4, dtype=torch.float64))
    return calls.counts


def replace_in_reordered(exercise):
    x = torch.randn(5, 4, dtype=torch.float64)
    net = exercise.Reordered(four_layers(), [1, 0, 1])
    new = fill(nn.Linear(4, 4)).double()
    before = net(x)
    net.linears[1] = new
    calls = Calls([new])
    after = net(x)
    return {"calls": calls.counts, "the output before": before, "the output of model(x)": after}


class Hop(nn.Module):
    """Moves what it is given to a device of its own."""

    def __init__(self, device):
        super().__init__()
        self.device = device

    def forward(self, x):
        return x.to(self.device)


def run_on_the_way(net, width, stops):
    """Where the outputs are: on the CPU, then at one stop after the other that another model is moved to, with it."""
    x = torch.randn(3, width, device="cpu")
    found = [str(net(x).device)]
    for stop in stops:
        nn.ModuleList([net]).to(stop)
        with naming_what_stayed(net, stop):
            found.append(str(net(x.to(stop)).device))
    return found


def move_mlp(exercise, *stops):
    return run_on_the_way(exercise.MLP([3, 4, 4, 2]), 3, stops)


def move_reordered(exercise, *stops):
    return run_on_the_way(exercise.Reordered(four_layers(), [2, 0, 3, 0]).float(), 4, stops)


def move_apart(exercise, first, second):
    """Layers that are on two GPUs, and outside of the order one on the CPU; none of them may be moved."""
    a, b, c, _ = four_layers()
    given = [a.to(first), Hop(second), b.to(second), c]
    x = torch.randn(3, 4, device=first, dtype=torch.float64)
    net = exercise.Reordered(list(given), [0, 1, 2])
    net(x)
    traffic = Traffic()
    y = net(x)
    places = [str(layer.weight.device) for layer in (a, b, c)]
    return {"the output": y, "the list of devices of a, b and c": places}, traffic.counts()


def run_mlp_apart(exercise, first, second):
    """Layers on two GPUs, and none between them that moves x; then the layers on one of them, x on the other."""
    net = exercise.MLP([3, 4, 2])
    layers = [module for module in nn.Module.modules(net) if issubclass(type(module), nn.Linear)]
    for layer, device in zip(layers, (first, second), strict=True):
        layer.to(device)
    apart = catch(net, torch.randn(5, 3, device=first))
    places = [str(layer.weight.device) for layer in layers]
    return places, apart, catch(net.to(first), torch.randn(5, 3, device=second))


def run_reordered_apart(exercise, first, second):
    a, b, _, _ = four_layers()
    net = exercise.Reordered([a.to(first), b.to(second)], [0, 1])
    apart = catch(net, torch.randn(3, 4, device=first, dtype=torch.float64))
    places = [str(layer.weight.device) for layer in (a, b)]
    return places, apart, catch(net.to(first), torch.randn(3, 4, device=second, dtype=torch.float64))


def count_mlp_traffic(exercise, device):
    net = exercise.MLP([3, 4, 4, 2]).to(device)
    x = torch.randn(3, 3, device=device)
    net(x)
    traffic = Traffic()
    net(x)
    return {**traffic.counts(), "stayed behind": stayed_behind(net, device)}


def count_reordered_traffic(exercise, device):
    net = exercise.Reordered(four_layers(), [2, 0, 3, 0]).to(device)
    x = torch.randn(3, 4, device=device, dtype=torch.float64)
    net(x)
    traffic = Traffic()
    net(x)
    return {**traffic.counts(), "stayed behind": stayed_behind(net, device)}


# --- what the messages say ---------------------------------------------------------------------------------


def listed(names):
    return ", ".join(names) or "none"


def letters(indices):
    return listed(NAMES[i] if 0 <= i < len(NAMES) else "another module" for i in indices)


def check_parameters(got, expected, called):
    """The names of the parameters, then their shapes."""
    names, wanted = list(got["parameters"]), list(expected["parameters"])
    if sorted(names) != sorted(wanted):
        message = f"{called} has {len(names)} parameters: {listed(names)}; "
        message += f"expected {len(wanted)}: {listed(wanted)}."
        if sorted(got["state"]) == sorted(wanted):
            message += " The others are the same objects again: one layer stands in several places."
        pytest.fail(message)
    shapes = {f"the shape of {name}": got["parameters"][name] for name in wanted}
    expected_shapes = {f"the shape of {name}": expected["parameters"][name] for name in wanted}
    same(shapes, expected_shapes, called=called, hint="nn.Linear(a, b) maps a numbers to b")
    assert not got["shared"], (
        f"{called}, called twice, gives two models that share {listed(got['shared'])}, so training one changes "
        "the other. __init__ must make the layers anew for each model."
    )


def check_state(got, expected, called):
    """The entries of state_dict(), whatever their order."""
    more = [name for name in got["state"] if name not in expected["state"]]
    assert not more, (
        f"{called}.state_dict() has more entries than it should: {listed(more)}. Expected only "
        f"{listed(expected['state'])}. Is something registered that should not be, or under a second name?"
    )
    less = [name for name in expected["state"] if name not in got["state"]]
    assert not less, (
        f"{called}.state_dict() has no entries {listed(less)}. Expected {listed(expected['state'])}."
    )


def check_run(got, expected, called, hint):
    """The output; then whether a gradient arrived where one should; then the gradients."""
    output = "the output"
    if isinstance(got[output], torch.Tensor) and not got[output].requires_grad:
        hint = "look for detach(), .data, .item() or torch.no_grad()"
    same({output: got[output]}, {output: expected[output]}, called=called, hint=hint)
    for name, gradient in expected.items():
        assert gradient is None or got[name] is not None, (
            f"After {called} and backward(), {name} is None; expected a tensor. On the way from there to the "
            "output, something is cut off from the graph (detach(), .data, no_grad()), frozen, or not used."
        )
    same(got, expected, called=f"{called} and backward()", hint=hint)


def check_replaced(got, expected, called, attribute):
    ran, should = got["calls"], expected["calls"]
    hint = "what stands between the layers has to stay when a layer is replaced"
    if ran == [0]:
        hint = (
            f"the new layer did not run; forward has to take its layers out of {attribute} each time it runs"
        )
    # How often it was called decides nothing here: that is another test's.
    same({**got, "calls": should}, expected, called=called, hint=hint)


def check_calls(got, expected, called, whose):
    why = "Hooks run when a layer is called as layer(x); layer.forward(x) passes them by."
    if any(got):
        why = "Every layer is called once for each time that it is to run."
    assert got == expected, (
        f"During {called}, the hooks of {whose} ran {got} times; expected {expected}. {why}"
    )


def check_own_calls(got, called):
    assert got == 1, (
        f"During {called}, the hooks of the model itself ran {got} times; expected 1. "
        "nn.Module.__call__ runs the hooks, and then forward: write forward, and leave __call__ alone."
    )


def moved_to(device):
    return "" if device == "cpu" else f'.to("{device}")'


def check_places(got, expected, called, layers):
    """Were layers that are on two GPUs left there?"""
    assert got == expected, (
        f"After {called} {layers} are on {' and '.join(got)}; expected them to stay on {' and '.join(expected)}. "
        "Layers are moved by model.to(...), when somebody calls that."
    )


def check_refused(ended, called):
    """Did torch's error come through, or one that the answer raises itself, rather than a copy to another device?"""
    assert ended["raised"], (
        f"{called} raised nothing; expected the RuntimeError of torch. A tensor that forward sends to another device is copied in silence, in every call; where "
        "x goes is for the caller to say."
    )


def check_given(got, called):
    """Is x as it was?"""
    same(
        {"x": got["x"]},
        {"x": got["x before"]},
        called=called,
        hint="x must be as it was: write nothing into it in place, and leave requires_grad to the caller",
        rtol=0,
        atol=0,
    )


def check_alone(got, model, other):
    """Does a model go on as before when another one has been made?"""
    same(
        got["third"],
        got["second"],
        called=f"model(x), with model = {model}, called again after {other} was made,",
        hint="the two models share something: what a model has to remember belongs on self, not on the class "
        "or in a list outside of it",
    )


def check_way(got, expected, model, stops):
    for stop, place, right in zip(("cpu", *stops), got, expected, strict=True):
        assert place == right, (
            f"After model = {model} was built on the CPU and run there, the output of model(x), with both moved "
            f"to {stop}, is on {place}; expected {right}."
        )


def what_to_look_at(got, expected, ran, should):
    """A hint for MLP out of the traces of two runs."""
    output, right = got["the output"], expected["the output"]
    layers, expected_layers = [i for i, *_ in ran], [i for i, *_ in should]
    if layers != expected_layers:
        return (
            f"the layers that ran, by their number in `layers`: {listed(map(str, layers))}; "
            f"expected: {listed(map(str, expected_layers))}"
        )
    if isinstance(output, torch.Tensor) and output.shape != right.shape:
        return "nn.Linear works on the last dimension of x and leaves those in front as they are; so must MLP"
    for step, ((i, negative, passed_on), (_, usual, _)) in enumerate(zip(ran, should, strict=True)):
        if negative and not usual:
            if passed_on:
                return f"layers[{i}] was given just what layers[{i - 1}] put out; a relu has to come between"
            return f"layers[{i}] was given negative numbers, which a relu never puts out"
        if usual and not negative:
            return f"layers[{i}] was given no negative numbers, as after a relu; x goes in as it is"
        if step == 0 and not passed_on:
            return f"layers[{i}] was not given x as it is"
    if isinstance(output, torch.Tensor) and bool((output >= 0).all()) and bool((right < 0).any()):
        if bool((output == 0).any()):
            return "there are zeros, and no negative numbers: a relu must not follow the last layer"
        return "there are no negative numbers: nothing must follow the last layer"
    return "write down by hand which layers and which relus x goes through for these widths"


def what_to_look_at_in_order(ran, should):
    """A hint for Reordered out of the traces of two runs."""
    layers, expected_layers = [i for i, *_ in ran], [i for i, *_ in should]
    if layers != expected_layers:
        return f"the layers that ran: {letters(layers)}; expected: {letters(expected_layers)}"
    for (i, negative, passed_on), (_, usual, _) in zip(ran, should, strict=True):
        if usual and not negative:
            return f"{NAMES[i]} was given no negative numbers, as after a relu; nothing stands between"
        if not passed_on:
            return (
                f"{NAMES[i]} was not given just what came out of the one before it (the first one: x itself)"
            )
    return "the right layers ran, in the right order; what came out of the last is the output"


# --- MLP ---------------------------------------------------------------------------------------------------


@pytest.mark.points(1)
@pytest.mark.parametrize("widths", WIDTHS)
def test_mlp_registers_every_layer(student, reference, widths):
    """MLP: the weight and the bias of every layer are parameters of the model, and nothing else is"""
    called = f"MLP({widths})"
    got = student.run(registered_by_mlp, widths, called=called)
    check_parameters(got, reference.run(registered_by_mlp, widths), called)


@pytest.mark.points(0.5)
@pytest.mark.needs("test_mlp_registers_every_layer")
def test_mlp_saves_every_layer_once(student, reference):
    """MLP: state_dict() has an entry for each parameter, and no other"""
    called = "MLP([3, 4, 2])"
    got = student.run(registered_by_mlp, [3, 4, 2], called=called)
    check_state(got, reference.run(registered_by_mlp, [3, 4, 2]), called)


@pytest.mark.points(1)
def test_mlp_keeps_its_layers_in_a_modulelist(student):
    """MLP: `layers` is an nn.ModuleList with one nn.Linear per pair of widths"""
    called = "MLP([3, 4, 2]).layers"
    got = student.run(list_of_layers, [3, 4, 2], called="MLP([3, 4, 2])")
    assert got["class"] != "NoneType", f"{called} is not there, or is None; expected an nn.ModuleList."
    assert got["is a ModuleList"], f"{called} is of the class {got['class']}; expected an nn.ModuleList."
    classes = [name for name, _ in got["inside"]]
    assert [linear for _, linear in got["inside"]] == [True, True], (
        f"{called} holds modules of the classes {listed(classes)}; expected two nn.Linear and nothing else."
    )


@pytest.mark.points(1.5)
@pytest.mark.needs("test_mlp_registers_every_layer")
@pytest.mark.parametrize(("widths", "shape", "layout"), RUNS)
def test_mlp_runs_its_layers_in_order(student, reference, widths, shape, layout, device):
    """MLP: forward sends x through every layer, with a relu after each but the last"""
    called = f"MLP({widths}){moved_to(device)}(x) with {f'a {layout} x' if layout else 'x'} of shape {(*shape, widths[0])}"
    got, ran = student.run(run_mlp, widths, shape, layout, device, called=called)
    expected, should = reference.run(run_mlp, widths, shape, layout, device)
    check_run(got, expected, called, what_to_look_at(got, expected, ran, should))


@GPU_ALONE
@pytest.mark.points(0.25)
@pytest.mark.needs("test_mlp_runs_its_layers_in_order")
def test_mlp_works_wherever_it_is_moved(student, reference, device):
    """MLP: built and run on the CPU, it works on the GPU it is moved to, on another one, and back again"""
    stops = (device, "cuda:0", "cpu")
    called = (
        "model = MLP([3, 4, 4, 2]), outer = nn.ModuleList([model]), model(x), "
        f"and model(x) again after outer.to(device) for {', '.join(stops)}"
    )
    got = student.run(move_mlp, *stops, called=called)
    check_way(got, reference.run(move_mlp, *stops), "MLP([3, 4, 4, 2])", stops)


@GPU_ALONE
@pytest.mark.points(0.25)
@pytest.mark.needs("test_mlp_runs_its_layers_in_order")
def test_mlp_moves_nothing_between_devices(student, device):
    """MLP: forward copies nothing from one device to another, and never waits for the GPU"""
    called = f'model(x), with model = MLP([3, 4, 4, 2]).to("{device}") and x there,'
    got = student.run(count_mlp_traffic, device, called=called)
    same_traffic(got, called=called, elsewhere=got["stayed behind"])
    called = f"model = MLP([3, 4, 2]) and model(x), with x and layers[0] on {device} and layers[1] on cuda:0,"
    places, apart, elsewhere = student.run(run_mlp_apart, device, "cuda:0", called=called)
    check_places(places, [device, "cuda:0"], called, "layers[0] and layers[1]")
    check_refused(apart, called)
    check_refused(elsewhere, f'model(x), with model = MLP([3, 4, 2]).to("{device}") and x on cuda:0,')


@pytest.mark.points(0.5)
def test_mlp_leaves_things_as_they_were(student):
    """MLP: x and widths are only read, and the same x gives the same output again"""
    called = "model = MLP([4, 4, 4]), model(x) twice, and model(x) again after MLP([5, 3])"
    got = student.run(run_mlp_twice, [4, 4, 4], called=called)
    assert got["widths"] == [4, 4, 4], (
        f"After MLP(widths) with widths = [4, 4, 4], the list is {got['widths']}; it must be as it was."
    )
    check_given(got, "MLP([4, 4, 4])(x)")
    same(
        got["second"],
        got["first"],
        called="MLP([4, 4, 4])(x), called again with the same x,",
        hint="the same x must give the same output; layers are made in __init__, once",
    )
    check_alone(got, "MLP([4, 4, 4])", "MLP([5, 3])")


@pytest.mark.points(0.5)
@pytest.mark.needs("test_mlp_registers_every_layer")
def test_mlp_calls_its_layers(student):
    """MLP: layers are called as layer(x), not through layer.forward(x)"""
    got = student.run(count_mlp_calls, [3, 4, 2], called="MLP([3, 4, 2])(x)")
    check_calls(got[1:], [1, 1], "MLP([3, 4, 2])(x)", "the two layers")
    check_own_calls(got[0], "MLP([3, 4, 2])(x)")


@pytest.mark.points(0.5)
@pytest.mark.needs("test_mlp_keeps_its_layers_in_a_modulelist")
@pytest.mark.needs("test_mlp_runs_its_layers_in_order")
@pytest.mark.needs("test_mlp_leaves_things_as_they_were")
def test_mlp_runs_a_layer_that_was_replaced(student, reference):
    """MLP: a layer that is put into `layers` later is the one that runs"""
    called = "model = MLP([3, 4, 4, 2]); model(x); model.layers[1] = nn.Linear(4, 4)"
    got = student.run(replace_in_mlp, called=called)
    check_replaced(got, reference.run(replace_in_mlp), called, "self.layers")


# --- Reordered ---------------------------------------------------------------------------------------------


@pytest.mark.points(0.75)
@pytest.mark.parametrize("order", ORDERS)
def test_reordered_keeps_the_layers_in_their_places(student, reference, order):
    """Reordered: `linears` is an nn.ModuleList of all the given layers, themselves, as they stood"""
    called = f"Reordered([a, b, c, d], order={order})"
    got = student.run(reordered_parts, order, called=called)
    expected = reference.run(reordered_parts, order)
    assert got["class"] != "NoneType", (
        f"{called}.linears is not there, or is None; expected an nn.ModuleList."
    )
    assert got["is a ModuleList"], (
        f"{called}.linears is of the class {got['class']}; expected an nn.ModuleList."
    )
    assert got["kept"] == expected["kept"], (
        f"{called}.linears holds {letters(got['kept'])}; expected {letters(expected['kept'])}: "
        "the given layers themselves, no copies, whatever the order in which they run."
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_reordered_keeps_the_layers_in_their_places")
def test_reordered_saves_every_layer_once(student, reference):
    """Reordered: state_dict() has the entries of the given layers, and no others"""
    called = "Reordered([a, b, c, d], order=[2, 0])"
    got = student.run(reordered_parts, [2, 0], called=called)
    check_state(got, reference.run(reordered_parts, [2, 0]), called)


@pytest.mark.points(0.75)
@pytest.mark.parametrize(("order", "shape"), list(zip(ORDERS, SHAPES, strict=True)))
def test_reordered_runs_in_the_order_asked_for(student, reference, order, shape, device):
    """Reordered: forward follows `order`, also where it repeats or leaves out a layer"""
    called = f"Reordered([a, b, c, d], order={order}){moved_to(device)}(x) with x of shape {(*shape, 4)}"
    got, ran = student.run(run_reordered, order, shape, device, called=called)
    expected, should = reference.run(run_reordered, order, shape, device)
    check_run(got, expected, called, what_to_look_at_in_order(ran, should))


@pytest.mark.points(0.5)
def test_reordered_leaves_things_as_they_were(student):
    """Reordered: x, the lists and the layers are only read, and the same x gives the same output again"""
    called = (
        "model = Reordered(linears, order) with linears = [a, b, c, d] and order = [3, 0, 1], model(x) twice, "
        "and model(x) again after Reordered([e, f], order=[1, 0])"
    )
    got = student.run(run_reordered_twice, [3, 0, 1], called=called)
    called = "Reordered(linears, order)(x) with linears = [a, b, c, d] and order = [3, 0, 1]"
    assert got["linears"] == [0, 1, 2, 3], (
        f"After {called}, the caller's list of layers is [{letters(got['linears'])}]; it must be as it was."
    )
    assert got["order"] == [3, 0, 1], (
        f"After {called}, the caller's order is {got['order']}; it must be as it was."
    )
    check_given(got, called)
    assert got["in eval mode"] == [0], (
        f"After {called}, where a was in eval mode, the layers in eval mode are {letters(got['in eval mode'])}; "
        "expected a alone. The modes of the given layers are for the caller to choose."
    )
    assert got["trained"] == [0, 2], (
        f"After {called}, where b was frozen with b.requires_grad_(False), the layers that can be trained are "
        f"{letters(got['trained'])}; expected a and c. What is to be trained is for the caller to choose."
    )
    model = "Reordered([a, b, c, d], order=[3, 0, 1])"
    same(
        got["second"],
        got["first"],
        called=f"{model}(x), called again with the same x,",
        hint="the same x must give the same output; is `order` used up by the first call?",
    )
    check_alone(got, model, "Reordered([e, f], order=[1, 0])")


@GPU_ALONE
@pytest.mark.points(0.25)
@pytest.mark.needs("test_reordered_keeps_the_layers_in_their_places")
@pytest.mark.needs("test_reordered_runs_in_the_order_asked_for")
@pytest.mark.needs("test_reordered_leaves_things_as_they_were")
def test_reordered_works_wherever_it_is_moved(student, reference, device):
    """Reordered: built and run on the CPU, it works on the GPU it is moved to, on another one, and back again"""
    stops = (device, "cuda:0", "cpu")
    model = "Reordered([a, b, c, d], order=[2, 0, 3, 0])"
    called = (
        f"model = {model}, outer = nn.ModuleList([model]), model(x), "
        f"and model(x) again after outer.to(device) for {', '.join(stops)}"
    )
    got = student.run(move_reordered, *stops, called=called)
    check_way(got, reference.run(move_reordered, *stops), model, stops)


@GPU_ALONE
@pytest.mark.points(0.25)
@pytest.mark.needs("test_reordered_keeps_the_layers_in_their_places")
@pytest.mark.needs("test_reordered_runs_in_the_order_asked_for")
@pytest.mark.needs("test_reordered_leaves_things_as_they_were")
def test_reordered_moves_nothing_between_devices(student, reference, device):
    """Reordered: it copies nothing from one device to another, never waits for the GPU, and moves no layer"""
    called = f'model(x), with model = Reordered([a, b, c, d], order=[2, 0, 3, 0]).to("{device}") and x there,'
    got = student.run(count_reordered_traffic, device, called=called)
    same_traffic(got, called=called, elsewhere=got["stayed behind"])
    called = (
        f"model = Reordered([a, hop, b, c], order=[0, 1, 2]) and model(x), with x and a on {device}, b on cuda:0, "
        f"c on the CPU, and a module hop that moves what it is given from {device} to cuda:0"
    )
    got, counts = student.run(move_apart, device, "cuda:0", called=called)
    expected, right = reference.run(move_apart, device, "cuda:0")
    same(
        got, expected, called=called, hint="layers are moved by model.to(...), and x by nothing here but hop"
    )
    same_traffic(counts, right, called=f"{called},")
    called = (
        f"model = Reordered([a, b], order=[0, 1]) and model(x), with x and a on {device} and b on cuda:0,"
    )
    places, apart, elsewhere = student.run(run_reordered_apart, device, "cuda:0", called=called)
    check_places(places, [device, "cuda:0"], called, "a and b")
    check_refused(apart, called)
    called = f'model(x), with model = Reordered([a, b], order=[0, 1]).to("{device}") and x on cuda:0,'
    check_refused(elsewhere, called)


@pytest.mark.points(0.5)
def test_reordered_calls_its_layers(student):
    """Reordered: layers are called as layer(x), as often as they stand in `order`"""
    called = "Reordered([a, b, c, d], order=[1, 1, 0])(x)"
    got = student.run(count_reordered_calls, [1, 1, 0], called=called)
    check_calls(got[1:], [1, 2, 0, 0], called, "a, b, c and d")
    check_own_calls(got[0], called)


@pytest.mark.points(0.5)
@pytest.mark.needs("test_reordered_keeps_the_layers_in_their_places")
@pytest.mark.needs("test_reordered_runs_in_the_order_asked_for")
@pytest.mark.needs("test_reordered_leaves_things_as_they_were")
def test_reordered_runs_a_layer_that_was_replaced(student, reference):
    """Reordered: a layer that is put into `linears` later is the one that runs"""
    called = "model = Reordered([a, b, c, d], order=[1, 0, 1]); model(x); model.linears[1] = nn.Linear(4, 4)"
    got = student.run(replace_in_reordered, called=called)
    check_replaced(got, reference.run(replace_in_reordered), called, "self.linears")
