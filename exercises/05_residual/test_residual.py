"""Run me with `pytest exercises/05_residual`."""

import pytest
import torch
from residual import ResidualBlock, ResidualNet
from torch import nn

STAGES = {"mid": 8, "late": 8, "end": 5}


def assert_close(got, expected, words):
    """Fail with a sentence if two tensors are not the same."""
    assert isinstance(got, torch.Tensor), f"{words} is {got!r}; expected a tensor."
    assert got.shape == expected.shape, (
        f"{words} has the shape {tuple(got.shape)}; expected {tuple(expected.shape)}."
    )
    assert torch.allclose(got, expected, atol=1e-6), f"{words} is\n{got}\nExpected:\n{expected}"


def assert_features(got, expected, words):
    """Fail with a sentence if two dicts of features are not the same."""
    assert isinstance(got, dict), f"{words} is a {type(got).__name__}; expected a dict."
    assert list(got) == list(expected), f"{words} has the keys {list(got)}; expected {list(expected)}."
    for name, value in expected.items():
        assert_close(got[name], value, f"{words}[{name!r}]")


def numbers(*shape):
    """The same numbers in each run, negative ones among them."""
    torch.manual_seed(0)
    return torch.randn(*shape)


def shapes(model):
    """By name, the shape of each entry of state_dict()."""
    return {name: tuple(value.shape) for name, value in model.state_dict().items()}


def added(block, x):
    """What a block has to give."""
    shortcut = x if block.linear1.in_features == block.linear1.out_features else block.projection(x)
    return torch.relu(block.linear2(torch.relu(block.linear1(x))) + shortcut)


def stage_by_stage(model, x):
    """What the network has to give, by what its blocks give."""
    features = {}
    for name in model.stages:
        for block in model.stages[name]:
            x = block(x)
        features[name] = x
    return features


def test_a_block_that_changes_the_width_has_three_layers():
    expected = {
        "linear1.weight": (8, 3), "linear1.bias": (8,), "linear2.weight": (8, 8), "linear2.bias": (8,),
        "projection.weight": (8, 3), "projection.bias": (8,),
    }  # fmt: skip
    got = shapes(ResidualBlock(3, 8))
    assert got == expected, f"The state_dict() of ResidualBlock(3, 8) has {got}; expected {expected}."


def test_a_block_that_keeps_the_width_has_two():
    got = list(shapes(ResidualBlock(8, 8)))
    expected = ["linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias"]
    assert sorted(got) == sorted(expected), f"ResidualBlock(8, 8) has {got}; expected {expected}."
    count = len(list(ResidualBlock(8, 8).parameters()))
    assert count == 4, f"ResidualBlock(8, 8) has {count} parameters of its own; expected 4."


@pytest.mark.parametrize(("before", "after"), [(8, 8), (3, 8), (8, 3)])
def test_a_block_adds_x_to_what_its_layers_give(before, after):
    block = ResidualBlock(before, after)
    for shape in ((20,), (2, 5), (1,), ()):
        x = numbers(*shape, before)
        assert_close(
            block(x), added(block, x), f"ResidualBlock({before}, {after})(x), x of {tuple(x.shape)},"
        )
        assert_close(x, numbers(*shape, before), "x, after a call,")


@pytest.mark.parametrize("width", [8, 3])
def test_gradients_reach_x_on_both_ways(width):
    block = ResidualBlock(8, width)
    x, same_x = numbers(20, 8).requires_grad_(), numbers(20, 8).requires_grad_()
    block(x).sum().backward()
    added(block, same_x).sum().backward()
    assert_close(x.grad, same_x.grad, "x.grad, after block(x).sum().backward(),")


def test_the_network_knows_its_blocks():
    model = ResidualNet(3, STAGES, depth=2)
    expected = {}
    for name, before, after in [("mid.0", 3, 8), ("mid.1", 8, 8), ("late.0", 8, 8), ("late.1", 8, 8),
                                ("end.0", 8, 5), ("end.1", 5, 5)]:  # fmt: skip
        block = shapes(ResidualBlock(before, after))
        expected |= {f"stages.{name}.{rest}": shape for rest, shape in block.items()}
    got = shapes(model)
    assert got == expected, f"The state_dict() has {got}; expected {expected}."
    assert isinstance(model.stages, nn.ModuleDict), f"model.stages is a {type(model.stages).__name__}."
    assert list(model.stages) == list(STAGES), f"The stages are {list(model.stages)}."
    assert STAGES == {"mid": 8, "late": 8, "end": 5}, f"The mapping that was given is now {STAGES}."


def test_every_block_has_weights_of_its_own():
    model = ResidualNet(4, {"one": 4, "two": 4}, depth=3)
    count = len(list(model.parameters()))
    assert count == 24, f"Six blocks of two layers have {count} parameters; expected 24."


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_features_of_each_stage_come_back_by_name(depth):
    model = ResidualNet(3, STAGES, depth=depth)
    for shape in ((20, 3), (2, 5, 3), (3,)):
        x = numbers(*shape)
        assert_features(model(x), stage_by_stage(model, x), f"ResidualNet(3, {STAGES}, depth={depth})(x)")


def test_every_feature_lets_gradients_through():
    for name in STAGES:
        model, x = ResidualNet(3, STAGES, depth=2), numbers(20, 3).requires_grad_()
        model(x)[name].sum().backward()
        assert x.grad is not None, f"After model(x)[{name!r}].sum().backward(), x has no gradient."


def test_each_call_returns_a_dict_of_its_own():
    model, x, y = ResidualNet(3, STAGES, depth=2), numbers(20, 3), numbers(5, 3) + 1
    first = model(x)
    model(y).clear()
    assert_features(first, stage_by_stage(model, x), "model(x), after another call,")
    assert_features(model.eval()(x), stage_by_stage(model, x), "model.eval()(x)")


def test_a_block_that_was_replaced_is_the_one_that_runs():
    model, x = ResidualNet(4, {"mid": 4}, depth=2), numbers(20, 4)
    model(x)
    model.stages["mid"][1] = nn.Linear(4, 4)
    assert_features(model(x), stage_by_stage(model, x), 'model(x), after model.stages["mid"][1] = ...,')


def test_the_network_moves(device):  # on the CPU, then on a GPU or a simulated one
    model, x = ResidualNet(3, STAGES, depth=2), numbers(20, 3)
    on_the_cpu = model(x)
    features = model.to(device)(x.to(device))
    for name, value in features.items():
        assert value.device.type == torch.device(device).type, f"{name!r} is on {value.device}."
        assert_close(value.cpu(), on_the_cpu[name], f"model(x)[{name!r}] on {device}")
