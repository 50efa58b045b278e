"""Hidden suite of 01_forward_pass: does __init__ make the layers once, and does model(x) do the seven steps?

Where a test is about one step, the weights are set so that the other steps can't hide or spoil it. These
tests run in eval mode, so that a mistake which only shows in training costs only the tests on training.
What they look at is the same on every device, so they run on one; tests of what may take another way there,
as for another batch or mode, take `device`.
"""

import pytest
import torch
from torch import nn

from grader.suite import (
    Calls,
    Traffic,
    catch,
    fill,
    naming_what_stayed,
    same,
    same_traffic,
    sent,
    stayed_behind,
)

ARGUMENTS = [
    ((), {"in_channels": 1, "num_classes": 4}),
    ((2, 5), {}),
    ((), {"num_classes": 1}),
]
ROWS = "one row for each image, and in it one number for each class"
PRECISION = (
    "the numbers are nearly right, as when something is computed in a dtype of lower precision: "
    "look for autocast, half(), bfloat16() and float()"
)
GPU_ALONE = pytest.mark.parametrize("device", ["cuda:1"], indirect=True)


def written(args, kwargs):
    """The call as a student would write it."""
    return f"ConvNet({', '.join([*map(str, args), *(f'{key}={value}' for key, value in kwargs.items())])})"


def put_on(device):
    """How a student would write that the model is moved there; x is made there as well."""
    return "" if device == "cpu" else f'.to("{device}")'


def parts(exercise, args, kwargs):
    net = exercise.ConvNet(*args, **kwargs)
    if not issubclass(type(net), nn.Module):
        return {"is a Module": False, "parameters": {}, "state": [], "shared": []}
    other = {id(p) for p in nn.Module.parameters(exercise.ConvNet(*args, **kwargs))}
    named = nn.Module.named_parameters(net, remove_duplicate=False)
    return {
        "is a Module": True,
        "parameters": {n: None if nn.parameter.is_lazy(p) else tuple(p.shape) for n, p in named},
        "state": list(nn.Module.state_dict(net)),
        "shared": [n for n, p in nn.Module.named_parameters(net) if id(p) in other],
    }


def outputs(exercise, args, kwargs, channels, batches, device):
    net = exercise.ConvNet(*args, **kwargs).to(device)
    with naming_what_stayed(net, device):
        return [net(torch.randn(batch, channels, 7, 7, device=device)) for batch in batches]


def run_on_the_way(exercise, *stops):
    """Build and run on the CPU; then move to one stop after the other, in another model, and run at each."""
    net = exercise.ConvNet()
    found = []
    if elsewhere := stayed_behind(net, "cpu"):
        return {"elsewhere": elsewhere, "outputs": found}
    net(torch.randn(2, 3, 7, 7, device="cpu"))
    for stop in stops:
        nn.ModuleList([net]).to(stop)
        with naming_what_stayed(net, stop):
            found.append(net(torch.randn(2, 3, 7, 7, device=stop)))
    return {"elsewhere": elsewhere, "outputs": found}


def count_traffic(exercise, training, device):
    net = exercise.ConvNet().to(device).train(training)
    x = torch.randn(4, 3, 7, 7, device=device)
    net(x)
    traffic = Traffic()
    net(x)
    return {**traffic.counts(), "stayed behind": stayed_behind(net, device)}


def run_with_x_elsewhere(exercise, model_on, x_on):
    """The model is in one place and x in another, by a mistake of the caller: both must stay."""
    net = exercise.ConvNet().to(model_on)
    ended = catch(net, torch.randn(4, 3, 7, 7, device=x_on))
    places = {name: str(parameter.device) for name, parameter in nn.Module.named_parameters(net)}
    return {"ended": ended, "places": places}


def state(net, x):
    parameters = dict(nn.Module.named_parameters(net))
    tensors = {"x": x, **{name: p for name, p in parameters.items() if not nn.parameter.is_lazy(p)}}
    return {
        "the names in state_dict()": sorted(nn.Module.state_dict(net)),
        "what is in training mode": [
            n or "the model" for n, part in nn.Module.named_modules(net) if part.training
        ],
        "which parameters have requires_grad": sorted(
            name for name, p in parameters.items() if p.requires_grad
        ),
        "x.requires_grad": x.requires_grad,
        "values": {name: tensor.detach().clone() for name, tensor in tensors.items()},
        "sums of gradients": {n: None if t.grad is None else t.grad.sum().item() for n, t in tensors.items()},
    }


def run_twice(exercise):
    """x and each parameter have a large number, which a limit would cut, and a gradient of an earlier backward()."""
    found = {}
    for mode in ("train", "eval"):
        net = exercise.ConvNet().train(mode == "train")
        x = torch.randn(4, 3, 7, 7)
        for tensor in [x, *nn.Module.parameters(net)]:
            if not nn.parameter.is_lazy(tensor):
                tensor.grad = torch.ones_like(tensor)
                tensor.data[(0, -1, -1, -1)[: tensor.ndim]] = 100.0
        before = state(net, x)
        first, second = net(x), net(x)
        found[mode] = {"before": before, "after": state(net, x), "first": first, "second": second}
    return found


def run_apart(exercise):
    net = exercise.ConvNet().double().eval()
    x = torch.randn(70, 3, 7, 7, dtype=torch.float64)
    alone = [net(x[i : i + 1]) for i in range(3)]
    return {"together": net(x), "alone": alone}


def run_with_hooks_on_the_model(exercise):
    net = exercise.ConvNet()
    runs = {"pre-hook": 0, "hook": 0}

    def before(module, inputs):
        runs["pre-hook"] += 1

    def after(module, inputs, output):
        runs["hook"] += 1
        return torch.full_like(output, 7.0)

    nn.Module.register_forward_pre_hook(net, before)
    nn.Module.register_forward_hook(net, after)
    output = net(torch.randn(2, 3, 7, 7))
    return {"output": output, **runs}


def run_with_hooks_on_the_layers(exercise):
    net = fill(exercise.ConvNet())
    received = []
    calls = Calls([net.conv1, net.dense1, net.dense2])

    def before(module, inputs, named):
        received.extend(value.clone() for value in [*inputs, *named.values()])

    nn.Module.register_forward_pre_hook(net.conv1, before, with_kwargs=True)
    x = torch.randn(3, 3, 7, 7)
    net(x)
    return {"counts": calls.counts, "received": received}


def run_with_layouts(exercise, layout, device):
    net = exercise.ConvNet().to(device).double().eval()
    x = torch.randn(4, 3, 7, 7, device=device, dtype=torch.float64)
    if layout == "channels_last":
        x = x.to(memory_format=torch.channels_last)
    elif layout == "transposed":
        x = x.transpose(2, 3)
    else:
        x = x[:1].expand(4, -1, -1, -1)
    for_contiguous = net(x.contiguous())
    return {"output": net(x), "output for contiguous": for_contiguous}


def run_on_other_sizes(exercise, images, size):
    net = exercise.ConvNet()
    x = torch.randn(images, 3, size, size)
    outputs = []
    ended = catch(lambda: outputs.append(net(x)))
    return {"raised": ended["raised"], "outputs": outputs}


def filled(exercise, args, device="cpu", dtype=torch.float64):
    net = fill(exercise.ConvNet(*args)).to(device)
    if dtype is torch.float64:
        net.double()
    return net, dict(nn.Module.named_parameters(net))


def run_without_dense2_weight(exercise, training):
    net, parameter = filled(exercise, ())
    net.train(training)
    x = torch.randn(3, 3, 7, 7, dtype=torch.float64)
    earlier = net(x)
    with torch.no_grad():
        parameter["dense2.weight"].zero_()
        parameter["dense2.bias"].copy_(torch.linspace(-2, 3, 10))
    return {"earlier": earlier, "output": net(x)}


def run_without_conv1_weight(exercise):
    net, parameter = filled(exercise, ())
    with torch.no_grad():
        parameter["conv1.weight"].zero_()
        parameter["conv1.bias"].abs_().add_(0.1).neg_()
        parameter["dense1.bias"].abs_()
    return net.eval()(torch.randn(3, 3, 7, 7, dtype=torch.float64))


def run_without_dense1_weight(exercise):
    net, parameter = filled(exercise, ())
    with torch.no_grad():
        parameter["dense1.weight"].zero_()
        parameter["dense1.bias"].mul_(16)
    return net.eval()(torch.randn(3, 3, 7, 7, dtype=torch.float64))


def run_all_positive(exercise, order_matters):
    """Every relu passes everything on, and the convolution looks at one pixel only."""
    net, parameter = filled(exercise, ())
    with torch.no_grad():
        centre = parameter["conv1.weight"][:, :, 1, 1].abs()
        parameter["conv1.weight"].zero_()
        parameter["conv1.weight"][:, :, 1, 1] = centre
        parameter["conv1.bias"].abs_()
        if order_matters:
            parameter["dense1.bias"].fill_(1000.0)
        else:
            parameter["dense1.weight"].fill_(1 / 288)
            parameter["dense1.bias"].zero_()
    return net.eval()(torch.rand(3, 3, 7, 7, dtype=torch.float64) * 4)


def run(exercise, in_channels, num_classes, training, images, dtype, device):
    net, _ = filled(exercise, (in_channels, num_classes), device, dtype)
    net.train(training)
    return net(torch.randn(images, in_channels, 7, 7, device=device, dtype=dtype))


def run_backward(exercise, device):
    net, parameter = filled(exercise, (), device)
    x = torch.randn(4, 3, 7, 7, device=device, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(4, 10, device=device, dtype=torch.float64)
    (net(x) * weights).sum().backward()
    return {"x": x.grad, **{name: parameter[name].grad for name in sorted(parameter)}}


def check_parts(got, expected, called):
    """Is the model a Module with the expected parameters, and nothing more in its state?"""
    assert got["is a Module"], f"{called} is no nn.Module; write `class ConvNet(nn.Module):`."
    shapes, wanted = got["parameters"], expected["parameters"]
    missing = [name for name in wanted if name not in shapes]
    assert not missing, (
        f"{called} has no parameter {' and no '.join(missing)}; it has {', '.join(shapes) or 'none at all'}. "
        "Layers are known to the model when __init__ assigns them to self.conv1, self.dense1 and self.dense2."
    )
    lazy = [name for name in wanted if shapes[name] is None]
    assert not lazy, (
        f"{called}: no shape yet for {', '.join(lazy)}. All parameters must have their shapes as soon as the "
        "model is built, so no Lazy layers here: work out the sizes."
    )
    for name, shape in wanted.items():
        assert shapes[name] == shape, f"{called}: {name} has the shape {shapes[name]}; expected {shape}."
    extra = sorted(({*shapes, *got["state"]}) - set(wanted))
    assert not extra, (
        f"{called} has {', '.join(extra)} in its state besides the six expected parameters, so a checkpoint "
        "with those six would not fit. Is there a layer too many, or one with two names?"
    )
    assert not got["shared"], (
        f"{called}, called twice, gives two models that share {', '.join(got['shared'])}, so training one "
        "changes the other. __init__ must make the layers anew for each model."
    )


@pytest.mark.points(1)
def test_init_makes_the_three_layers(student, reference):
    """ConvNet() has conv1, dense1 and dense2 from the start, each with weight and bias"""
    got = student.run(parts, (), {}, called="ConvNet()")
    check_parts(got, reference.run(parts, (), {}), "ConvNet()")


@pytest.mark.points(0.5)
def test_gives_logits(student, reference, device):
    """model(x) gives num_classes numbers for each image"""
    called = f"ConvNet(){put_on(device)}(x) for x of shape (5, 3, 7, 7)"
    [got] = student.run(outputs, (), {}, 3, [5], device, called=called)
    [expected] = reference.run(outputs, (), {}, 3, [5], device)
    form_of(got, expected, called)


@pytest.mark.points(0.5)
@pytest.mark.needs("test_init_makes_the_three_layers", "test_gives_logits")
@pytest.mark.parametrize(("args", "kwargs"), ARGUMENTS)
def test_minds_its_arguments(student, reference, args, kwargs):
    """in_channels and num_classes decide the sizes of conv1 and dense2"""
    called = written(args, kwargs)
    check_parts(student.run(parts, args, kwargs, called=called), reference.run(parts, args, kwargs), called)
    channels = args[0] if args else kwargs.get("in_channels", 3)
    called = f"{called}(x) for x of shape (2, {channels}, 7, 7)"
    [got] = student.run(outputs, args, kwargs, channels, [2], "cpu", called=called)
    [expected] = reference.run(outputs, args, kwargs, channels, [2], "cpu")
    form_of(got, expected, called)


def facts(tensor):
    return tensor.shape, tensor.dtype, sent(tensor).device


def form_of(got, expected, called):
    """Compare types, shapes, dtypes and devices; values don't matter."""
    hint = ""
    if isinstance(got, (tuple, list, dict)):
        hint = "return the logits alone"
    elif isinstance(got, torch.Tensor):
        if facts(got) == facts(expected):
            return
        if got.shape != expected.shape:
            hint = ROWS
    same(got, expected, called=called, hint=hint)


@GPU_ALONE
@pytest.mark.points(0.5)
@pytest.mark.needs("test_gives_logits")
def test_works_wherever_it_is_moved(student, reference, device):
    """Built and run on the CPU, the model works on the GPU it is moved to, on another one, and back again"""
    stops = (device, "cuda:0", "cpu")
    first = "model = ConvNet(), outer = nn.ModuleList([model]), model(x) on the CPU, and then"
    called = f"{first} outer.to(device) and model(x) for {', '.join(stops)}"
    got = student.run(run_on_the_way, *stops, called=called)
    assert not got["elsewhere"], (
        f"ConvNet(), on a machine with GPUs, has {', '.join(got['elsewhere'])}; expected a new model to be on the CPU. "
        "It is up to whoever uses the model to move it."
    )
    right = reference.run(run_on_the_way, *stops)
    for stop, output, expected in zip(stops, got["outputs"], right["outputs"], strict=True):
        form_of(output, expected, f'{first} outer.to("{stop}") and model(x)')


@GPU_ALONE
@pytest.mark.points(0.5)
@pytest.mark.needs("test_gives_logits")
@pytest.mark.parametrize("training", [True, False])
def test_moves_nothing_between_devices(student, training, device):
    """forward copies nothing from one device to another, and never waits for the GPU"""
    called = (
        f'model(x), with model = ConvNet().to("{device}").{"train" if training else "eval"}() and x there,'
    )
    got = student.run(count_traffic, training, device, called=called)
    same_traffic(got, called=called, elsewhere=got["stayed behind"])
    for model_on, x_on in [("cpu", device), (device, "cpu")]:
        called = f'model(x), with model = ConvNet().to("{model_on}") and x on {x_on},'
        got = student.run(run_with_x_elsewhere, model_on, x_on, called=called)
        moved = [f"{name} to {place}" for name, place in got["places"].items() if place != model_on]
        assert not moved, (
            f"{called} moved {', '.join(moved)}; expected the model to stay where it is. Other parts of the program "
            "count on it; whoever wants to move it calls model.to(...)."
        )
        assert got["ended"]["raised"], (
            f"{called} raised no error; expected torch's error, since x and the model are on different devices. "
            "forward must not move x: take out what does (such as x.to(...)), and what catches torch's error."
        )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_gives_logits")
@pytest.mark.parametrize("batches", [[1], [70, 2]])
def test_takes_batches_of_any_size(student, reference, batches, device):
    """One row of logits per image: for 1 image, and for batches of different sizes one after the other"""
    sizes = ", then for ".join(f"{batch} image{'s'[: batch > 1]}" for batch in batches)
    called = f"ConvNet(){put_on(device)}(x) for {sizes}"
    got = student.run(outputs, (), {}, 3, batches, device, called=called)
    for one, expected in zip(got, reference.run(outputs, (), {}, 3, batches, device), strict=True):
        form_of(one, expected, called)


@pytest.mark.points(0.5)
@pytest.mark.needs("test_gives_logits")
def test_leaves_everything_as_it_was(student):
    """A call leaves x and the model as they were, so the same x gives the same logits again"""
    called = "ConvNet()(x), called twice in train mode, and twice in eval mode"
    for mode, got in student.run(run_twice, called=called).items():
        called = f"ConvNet().{mode}()(x)"
        check_unchanged(got["before"], got["after"], called)
        same(
            {"the second output": got["second"]},
            {"the second output": got["first"]},
            called=f"{called}, called twice",
            hint="for the same x the first output was another one: is anything drawn at random in forward, such "
            "as the weights of a layer that is made there?",
        )


def check_unchanged(before, after, called):
    """Do x and the model have the same values, gradients, parts and modes as before the call?"""
    assert equal(after["values"]["x"], before["values"]["x"]), (
        f"{called} changed the values in x. A model must leave its input alone: it belongs to the caller."
    )
    for what in (
        "the names in state_dict()",
        "what is in training mode",
        "which parameters have requires_grad",
        "x.requires_grad",
    ):
        assert after[what] == before[what], (
            f"{called} changed {what}: {before[what]} before the call, {after[what]} after it. forward uses x and the "
            "model; what makes or changes the model's parts belongs into __init__ or to the caller."
        )
    for name, values in before["values"].items():
        assert equal(after["values"].get(name), values), (
            f"{called} changed the values of {name}. forward uses the parameters as they are; it is an "
            "optimizer or a checkpoint that changes them. Look for what works in place on them (.data, functions "
            "whose names end in _), and for a layer that is made or initialised in forward."
        )
    for name, total in before["sums of gradients"].items():
        found = after["sums of gradients"].get(name)
        assert found == total, (
            f"{called} changed {name}.grad: the sum of the gradient was {total} before the call, and "
            f"{'there is no gradient' if found is None else f'is {found}'} after it. Gradients of several "
            "backward() add up, until the caller clears them: leave them alone in forward."
        )


def equal(got, known):
    return isinstance(got, torch.Tensor) and facts(got) == facts(known) and torch.equal(got, known)


@pytest.mark.points(0.25)
@pytest.mark.needs("test_takes_batches_of_any_size", "test_leaves_everything_as_it_was")
def test_images_do_not_mix(student, reference):
    """The row of an image is the same whether the image comes alone or with others"""
    called = "ConvNet().double().eval()(x) for 3 of 70 images alone, and then for all 70"
    got = student.run(run_apart, called=called)
    form_of(got["together"], reference.run(run_apart)["together"], called)
    for i, row in enumerate(got["alone"]):
        same(
            {f"row {i} for the 70 images": got["together"][i : i + 1]},
            {f"row {i} for the 70 images": row},
            called=called,
            hint="a row depends on its own image only: does flattening or anything else mix images, or is a "
            "result of an earlier call used again?",
            requires_grad=False,
        )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_gives_logits")
def test_runs_hooks_on_the_model(student):
    """model(x) goes through nn.Module.__call__, so hooks on the model run"""
    called = "ConvNet()(x) with a forward pre-hook and a forward hook on the model"
    got = student.run(run_with_hooks_on_the_model, called=called)
    assert (got["pre-hook"], got["hook"]) == (1, 1), (
        f"{called} ran the pre-hook {got['pre-hook']} times and the hook {got['hook']} times; expected once "
        "each. nn.Module.__call__ runs them: write forward, and leave __call__ to nn.Module."
    )
    assert bool((got["output"] == 7).all()), (
        f"{called} did not return the sevens that the forward hook returned in place of the output. "
        "nn.Module.__call__ does that: leave it as it is."
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_init_makes_the_three_layers", "test_gives_logits")
def test_calls_its_layers(student, reference):
    """forward calls each layer once, as self.conv1(x), and conv1 gets x itself"""
    called = "ConvNet()(x) for 3 images"
    got = student.run(run_with_hooks_on_the_layers, called=called)
    expected = reference.run(run_with_hooks_on_the_layers)
    assert got["counts"] == [1, 1, 1], (
        f"{called} called conv1, dense1 and dense2 {got['counts']} times; expected [1, 1, 1]: each once, "
        "with the whole batch. What goes around the call, as self.conv1.forward(x) or F.conv2d with its "
        "weight do, is not counted: it skips the hooks."
    )
    same(
        {"what conv1 was given": got["received"][0]},
        {"what conv1 was given": expected["received"][0]},
        called=called,
        hint="the first step is the convolution, and x is not to be changed before it",
        requires_grad=False,
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_gives_logits", "test_leaves_everything_as_it_was")
@pytest.mark.parametrize("layout", ["channels_last", "transposed", "expanded"])
def test_takes_any_memory_layout(student, layout, device):
    """x need not be contiguous"""
    called = f"ConvNet(){put_on(device)}.double().eval()(x) for a contiguous x, and for an equal one that is {layout}"
    got = student.run(run_with_layouts, layout, device, called=called)
    same(
        {"the output": got["output"]},
        {"the output": got["output for contiguous"]},
        called=called,
        requires_grad=False,
    )


@pytest.mark.points(0.25)
@pytest.mark.needs("test_gives_logits")
@pytest.mark.parametrize(("images", "size"), [(3, 13), (9, 3)])
def test_keeps_images_apart(student, images, size):
    """Images of another size raise an error or give one row each, never another number of rows"""
    called = f"ConvNet()(x) for x of shape ({images}, 3, {size}, {size})"
    got = student.run(run_on_other_sizes, images, size, called=called)
    for output in got["outputs"]:
        shape = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
        assert shape == (images, 10), (
            f"{called} returned {shape}; expected an error, or one row for each of the {images} images. "
            "Flattening must keep the first dimension as it is; cutting everything into pieces of 288 "
            "numbers splits or mixes images when their size is another one."
        )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_init_makes_the_three_layers", "test_gives_logits")
@pytest.mark.parametrize("training", [True, False])
def test_ends_with_dense2(student, reference, training):
    """The logits are what dense2 returns, with nothing after it, in train mode and in eval mode"""
    mode = "train" if training else "eval"
    called = f"ConvNet().{mode}()(x) with dense2.weight all 0, so that only dense2.bias is left,"
    got = student.run(run_without_dense2_weight, training, called=called)
    same(
        got["output"],
        reference.run(run_without_dense2_weight, training)["output"],
        called=called,
        hint=guess_the_end(got["output"], got["earlier"]),
        requires_grad=False,
    )


def guess_the_end(got, earlier):
    """In words: what the outputs look like."""
    if not isinstance(got, torch.Tensor) or got.shape != (3, 10) or not got.is_floating_point():
        return ""
    if equal(earlier, got):
        return (
            "these are the logits that the same x had before the weights were changed: is a result of an "
            "earlier call kept and used again?"
        )
    got = got.detach()
    one = torch.ones(3, dtype=got.dtype)
    if torch.allclose(got.sum(1), one) and got.min() >= 0:
        return "each row sums to 1, as after a softmax; the loss (cross_entropy) does that itself"
    if torch.allclose(got.exp().sum(1), one):
        return (
            "the exp of each row sums to 1, as after a log_softmax; the loss (cross_entropy) does that itself"
        )
    if got.min() == 0:
        return (
            "negative logits have become 0, as after a relu; relus stand between layers, not after the last"
        )
    return "look at what forward does after self.dense2"


@pytest.mark.points(0.5)
@pytest.mark.needs("test_ends_with_dense2")
def test_relu_after_conv1(student, reference):
    """What is negative after conv1 becomes 0"""
    called = "ConvNet().eval()(x) with conv1.weight all 0 and conv1.bias negative"
    same(
        student.run(run_without_conv1_weight, called=called),
        reference.run(run_without_conv1_weight),
        called=called,
        hint="everything that leaves conv1 is negative here, so a relu must turn it all into 0 before dense1",
        requires_grad=False,
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_ends_with_dense2")
def test_relu_after_dense1(student, reference):
    """What is negative after dense1 becomes 0"""
    called = "ConvNet().eval()(x) with dense1.weight all 0, so that dense1 returns its bias,"
    same(
        student.run(run_without_dense1_weight, called=called),
        reference.run(run_without_dense1_weight),
        called=called,
        hint="some of what leaves dense1 is negative, and a relu must turn that into 0 before dense2, and leave "
        "the rest as it is",
        requires_grad=False,
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_ends_with_dense2")
def test_pools_the_maximum(student, reference):
    """After conv1, each window of 2x2 becomes its largest value"""
    called = (
        "ConvNet().eval()(x) with only positive numbers, where dense1 takes the mean of what it is given,"
    )
    got = student.run(run_all_positive, False, called=called)
    expected = reference.run(run_all_positive, False)
    hint = (
        "relu changes nothing here, so look at the pooling: it keeps the largest value of each window "
        "of 2x2, and the windows don't overlap. If it is right, look for what else changes the values, such as an "
        "activation that is no relu, or one that caps large values"
    )
    same(
        got,
        expected,
        called=called,
        hint=PRECISION if off_by(got, expected) < 1e-3 else hint,
        rtol=1e-11,  # a mean of numbers that were rounded to float32 is nearly right
        requires_grad=False,
    )


@pytest.mark.points(0.5)
@pytest.mark.needs("test_pools_the_maximum")
def test_flattens_in_order(student, reference):
    """Flattening keeps the order: channel by channel, row by row"""
    called = "ConvNet().eval()(x) with only positive numbers"
    same(
        student.run(run_all_positive, True, called=called),
        reference.run(run_all_positive, True),
        called=called,
        hint="the pooling is right, so it is the order of the 288 (are dimensions swapped somewhere?), or "
        "large numbers are cut off after dense1",
        requires_grad=False,
    )


@pytest.mark.points(1)
@pytest.mark.needs(
    "test_gives_logits",
    "test_minds_its_arguments",
    "test_relu_after_conv1",
    "test_relu_after_dense1",
    "test_flattens_in_order",
)
@pytest.mark.parametrize(
    ("in_channels", "num_classes", "training", "images", "dtype"),
    [
        (3, 10, True, 5, torch.float32),
        (3, 10, False, 5, torch.float32),
        (2, 4, True, 70, torch.float64),
    ],
)
def test_computes_the_logits(student, reference, in_channels, num_classes, training, images, dtype, device):
    """All steps together, in train mode and in eval mode"""
    mode = "train" if training else "eval"
    called = f"ConvNet({in_channels}, {num_classes}){put_on(device)}.{mode}()(x)"
    arguments = in_channels, num_classes, training, images, dtype, device
    got = student.run(run, *arguments, called=called)
    expected = reference.run(run, *arguments)
    # Logits are about 100 here: float32 misses them by 0.0001, float16 by 0.1.
    atol = 0.005 if dtype is torch.float32 else None
    same(got, expected, called=called, hint=guess_the_flaw(got, expected, training), atol=atol)


def off_by(got, expected):
    """The largest error, as a share of the largest number."""
    if not isinstance(got, torch.Tensor) or facts(got) != facts(expected):
        return 1.0
    return ((got - expected).abs().max() / expected.abs().max()).item()


def guess_the_flaw(got, expected, training):
    """In words: what may be wrong with logits that are not the expected ones."""
    if isinstance(got, torch.Tensor) and got.shape != expected.shape:
        return ROWS
    if isinstance(got, torch.Tensor) and facts(got) == facts(expected):
        if not got.requires_grad and training:
            return "what is computed under no_grad, or detached, can't be trained"
        if not got.requires_grad:
            return "in eval mode the model is to be differentiable too; whoever wants no graph calls it under no_grad"
        if off_by(got, expected) < 0.01:
            return PRECISION
    return "look at the padding of conv1 (zeros), and at whatever forward does besides the seven steps"


@pytest.mark.points(0.5)
@pytest.mark.needs("test_computes_the_logits")
def test_gradients_reach_everything(student, reference, device):
    """backward() reaches x and all six parameters"""
    called = f"ConvNet(){put_on(device)}(x) and backward()"
    got = student.run(run_backward, device, called=called)
    expected = reference.run(run_backward, device)
    cut_off = [name for name in expected if got[name] is None]
    assert not cut_off, (
        f"After {called}, there is no gradient for {', '.join(cut_off)}. Something on the way cuts the graph "
        "(detach, .data, no_grad), or requires_grad was switched off."
    )
    same(
        {f"the gradient of {name}": got[name] for name in expected},
        {f"the gradient of {name}": expected[name] for name in expected},
        called=called,
    )
