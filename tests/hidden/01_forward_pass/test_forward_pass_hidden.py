"""Hidden suite of 01_forward_pass: does __init__ make the layers once, and does model(x) do the seven steps?"""

import contextlib

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from grader.suite import (
    Mismatch,
    ModelCase,
    Scenario,
    as_sent_from,
    catch,
    made,
    rules_for,
    same,
    same_as,
    same_scenario,
)


def convnet(arguments, images, channels=3, call="model(x)", scale=1.0):
    def inputs():
        return {"x": torch.randn(images, channels, 7, 7) * scale}

    return ModelCase(f"ConvNet({arguments})", inputs, call, other="ConvNet(1, 2)")


def four_images():
    return {"x": torch.randn(4, 3, 7, 7)}


CUT_OFF = (
    "look for detach(), .data, .item(), no_grad() and requires_grad_(False) between that layer and the output"
)
# So many numbers that some are negative wherever a relu stands, and some are large enough to be cut off.
FEW = convnet("", 5)
CONVNETS = [
    FEW, convnet("in_channels=1, num_classes=1", 5, channels=1), convnet("2, 5", 70, channels=2, scale=10.0),
    convnet("num_classes=2", 1, call="model.eval()(x)"),
]  # fmt: skip

test_house_rules = rules_for(FEW, each=0.15)

# --- building ----------------------------------------------------------------------------------------------

TRAINED = Scenario(
    """\
model = ConvNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
sum(p.square().sum() for p in model.parameters()).backward()
optimizer.step()""",
    ("dict(model.state_dict())",), part="ConvNet",
)  # fmt: skip


@pytest.mark.points(1.2)
def test_convnet_trains_three_layers(student, reference):
    """ConvNet: an optimizer gets hold of weight and bias of conv1, dense1 and dense2; state_dict() has just these"""
    hint = (
        "conv1, dense1 and dense2 are made in __init__, in their final sizes, and nothing else that is saved"
    )
    same_scenario(student, reference, TRAINED, hint=hint)


# --- all steps together ------------------------------------------------------------------------------------


@pytest.mark.points(1.2)
@pytest.mark.parametrize("case", CONVNETS)
def test_convnet_computes_the_logits(student, reference, case):
    """ConvNet: all seven steps together give the right logits and gradients, for any sizes"""
    same_as(student, reference, case, explain=lambda: what_is_off(student, reference))


@pytest.mark.points(0.6)
@pytest.mark.parametrize("device", ["cuda:1"])
def test_convnet_computes_the_same_on_a_gpu(student, device):
    """ConvNet: built on the CPU and moved to a GPU, it computes there what it computes on the CPU"""
    there, here = student.observe(FEW, device), student.observe(FEW)
    same(there.output, as_sent_from(here.output, device), called=there.words, requires_grad=False)
    for name, expected in here.gradients.items():
        what = {f"the gradient of {name}": there.gradients.get(name)}
        right = {f"the gradient of {name}": None if expected is None else as_sent_from(expected, device)}
        same(what, right, called=f"{there.words} and backward()")


def slopes(exercise, case):
    """How steep the output is along a direction of each parameter: by its gradient, by a small step, and at most."""
    net, inputs, _ = made(case, exercise)

    def total():
        y = net(inputs["x"].clone())
        return (y * torch.linspace(-1, 2, y.numel(), dtype=y.dtype).reshape(y.shape)).sum()

    total().backward()
    gradients = {name: parameter.grad for name, parameter in nn.Module.named_parameters(net)}
    found = {}
    for name, parameter in nn.Module.named_parameters(net):
        gradient, direction, before = gradients[name], torch.randn_like(parameter), parameter.detach().clone()
        small = total().detach()
        parameter.data += 1e-9 * direction
        step = (total().detach() - small) * 1e9
        parameter.data.copy_(before)
        found[name] = None if gradient is None else ((gradient * direction).sum(), step, gradient.norm())
    return found


@pytest.mark.points(0.7)
def test_convnet_lets_gradients_reach_every_layer(student):
    """ConvNet: after backward(), the gradient of each parameter says how the output changes with it"""
    called = f"{FEW.words} and backward()"
    for name, found in student.run(slopes, FEW, called=called).items():
        if found is None:
            raise Mismatch(f"After {called}, the gradient of {name} is None; expected a tensor.", CUT_OFF)
        slope, step, most = found
        if not abs(slope - step) <= 0.01 * most + 1e-6:
            raise Mismatch(
                f"After {called}, the gradient of {name} says that the output changes by {slope:.4g} in some direction; "
                f"a small step shows {step:.4g}.",
                "the same call has to give the same output, and nothing may pass the graph by",
            )


# --- each step by itself -----------------------------------------------------------------------------------


def inside(exercise, case):
    """What went into and came out of each layer. Which is which is told by the order in which they run."""
    net, inputs, _ = made(case, exercise)

    def watched(layer, forward):
        def run(*args, **kwargs):
            name = next(names, "another layer")
            seen.setdefault("weight", layer.weight), seen.setdefault("bias", layer.bias)
            seen[f"what {name} was given"] = [*args, *kwargs.values()][0].clone()
            output = forward(*args, **kwargs)
            seen[f"what {name} returned"] = output.clone()
            return output

        return run

    for layer in nn.Module.modules(net):
        if issubclass(type(layer), (nn.Conv2d, nn.Linear)):
            vars(layer)["forward"] = watched(layer, layer.forward)
    for dtype in (torch.float64, torch.float32):  # the second for those who cast x to it
        names, seen = iter(["conv1", "dense1", "dense2"]), {"x": inputs["x"].to(dtype)}
        with contextlib.suppress(Exception):
            seen["what the model returned"] = nn.ModuleList([net]).to(dtype)[0](seen["x"])
            break
    return seen


def convolved(seen):
    return F.conv2d(seen["what conv1 was given"], seen["weight"], seen["bias"], padding=1)


def pooled(seen):
    return F.max_pool2d(F.relu(seen["what conv1 returned"]), 2).flatten(1)


def relu_of_dense1(seen):
    return F.relu(seen["what dense1 returned"])


STEPS = {
    "what conv1 was given": lambda seen: seen["x"],
    "what conv1 returned": convolved,
    "what dense1 was given": pooled,
    "what dense2 was given": relu_of_dense1,
    "what the model returned": lambda seen: seen["what dense2 returned"],
}


def check_step(student, reference, what):
    """Hold what a step put out against what it should make of its own input. Where the output is right, each step is."""
    try:
        return same(student.observe(FEW).output, reference.observe(FEW).output)
    except Exception as error:
        ended = error
    seen = student.run(inside, FEW, called=FEW.words)
    try:
        got, expected = seen[what], STEPS[what](seen)
    except (KeyError, RuntimeError, IndexError):
        raise ended from None  # the call never came here, or with shapes that make no sense
    called, hint = f"{FEW.words} with 5 images", guess(what, got, expected)
    close = {"rtol": 1e-4, "atol": 1e-4}  # in float32, the step itself is right
    return same({what: got}, {what: expected}, called=called, hint=hint, **close)


def guess(what, got, expected):
    """In words: what may be wrong with the result of a step."""
    if not torch.is_tensor(got) or got.shape != expected.shape or not got.is_floating_point():
        return ""
    if torch.allclose(got.double(), expected.double(), rtol=0.01, atol=0.01):
        return "nearly right, as in a dtype of lower precision: look for autocast, half(), float()"
    if what == "what dense1 was given":
        if (got < 0).any():
            return "a relu between conv1 and dense1 leaves no negative numbers"
        if torch.equal(got.sort(1).values, expected.sort(1).values):
            return "the right numbers in another order: are dimensions swapped before they are flattened?"
        return "pooling keeps the largest value of each window of 2x2, and the windows don't overlap"
    for function in (F.softmax, F.log_softmax):
        if torch.allclose(got, function(expected, 1)):
            return f"this is what {function.__name__} makes of it; the loss, cross_entropy, does that itself"
    return {
        "what conv1 was given": "the first step is conv1: x goes into it as it is",
        "what conv1 returned": "look at the padding of conv1: one row of zeros on each side",
        "what dense2 was given": "between dense1 and dense2, a relu turns what is negative into 0, and nothing else",
        "what the model returned": "after dense2 nothing is done any more",
    }[what]


def what_is_off(student, reference):
    """A hint for all steps together: that of the first step that is off."""
    for what in STEPS:
        try:
            check_step(student, reference, what)
        except Mismatch as mismatch:
            return mismatch.hint
        except Exception:
            return ""
    return "each step is right for 5 images in train mode: look at what depends on sizes, arguments, dtype or mode"


@pytest.mark.points(0.8)
def test_convnet_begins_with_conv1(student, reference):
    """ConvNet: conv1 gets x as it came, and pads it with zeros"""
    check_step(student, reference, "what conv1 was given")
    check_step(student, reference, "what conv1 returned")


@pytest.mark.points(0.8)
def test_convnet_pools_and_flattens(student, reference):
    """ConvNet: what conv1 returns goes through relu, max-pooling and flattening to dense1"""
    check_step(student, reference, "what dense1 was given")


@pytest.mark.points(0.8)
def test_convnet_has_a_relu_before_dense2(student, reference):
    """ConvNet: what dense1 returns goes through a relu to dense2"""
    check_step(student, reference, "what dense2 was given")


@pytest.mark.points(0.8)
def test_convnet_ends_with_dense2(student, reference):
    """ConvNet: the model returns just what dense2 returns"""
    check_step(student, reference, "what the model returned")


# --- what a call leaves alone ------------------------------------------------------------------------------

KEPT = Scenario(
    """\
model = ConvNet()
before = model(x)
for p in model.parameters(): p.data.mul_(1000)
after = model(x)""",
    ("model.dense2.weight", "torch.equal(before, after)"), four_images, part="ConvNet",
)  # fmt: skip
HOOKED = Scenario(
    """\
model, rows = ConvNet(), []
for layer in (model.conv1, model.dense1, model.dense2):
    layer.register_forward_hook(lambda layer, inputs, output: rows.append(len(output)))
y = model(x)""",
    ("rows",), four_images, part="ConvNet",
)  # fmt: skip


@pytest.mark.points(0.4)
def test_convnet_uses_its_weights(student, reference):
    """ConvNet: each call uses the weights as they are by then, and leaves them so, however large they are"""
    hint = "forward uses the weights, anew in each call; only an optimizer changes them"
    same_scenario(student, reference, KEPT, hint=hint)


@pytest.mark.points(0.4)
def test_convnet_calls_each_layer_once(student, reference):
    """ConvNet: hooks on conv1, dense1 and dense2 run once each, with the whole batch"""
    hint = "self.conv1(x) runs the hooks on conv1, once for all images"
    same_scenario(student, reference, HOOKED, hint=hint)


def rows_for(exercise, images, size):
    net = exercise.ConvNet()
    net(torch.randn(images, 3, 7, 7))
    outputs = []
    catch(lambda: outputs.append(net(torch.randn(images, 3, size, size))))
    return [tuple(y.shape) if torch.is_tensor(y) else type(y).__name__ for y in outputs]


@pytest.mark.points(0.2)
@pytest.mark.parametrize(("images", "size"), [(3, 13), (9, 3)])
def test_convnet_keeps_images_apart(student, images, size):
    """ConvNet: images of another size raise an error or give one row each, never another number of rows"""
    called = f"ConvNet()(x) with x of shape ({images}, 3, {size}, {size})"
    shapes = student.run(rows_for, images, size, called=called)
    if shapes not in ([], [(images, 10)]):
        raise Mismatch(
            f"{called} returned {shapes[0]}; expected an error, or one row for each of the {images} images.",
            "flattening keeps the first dimension: pieces of 288 numbers are no images any more",
        )
