"""Run me with `pytest exercises/04_moduledict`."""

import pytest
import torch
from moduledict import MultiTaskNet
from torch import nn

HEADS = {"digit": 10, "Parity": 2, "age": 1}


def assert_close(got, expected, words):
    """Fail with a sentence if two tensors are not the same."""
    assert isinstance(got, torch.Tensor), f"{words} is {got!r}; expected a tensor."
    assert got.shape == expected.shape, (
        f"{words} has the shape {tuple(got.shape)}; expected {tuple(expected.shape)}."
    )
    assert torch.allclose(got, expected, atol=1e-6), f"{words} is\n{got}\nExpected:\n{expected}"


def numbers(*shape):
    """The same numbers in each run, negative ones among them."""
    torch.manual_seed(0)
    return torch.randn(*shape)


def test_the_model_knows_trunk_and_heads():
    model = MultiTaskNet(8, 16, HEADS, "relu")
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    expected = {"trunk.weight": (16, 8), "trunk.bias": (16,)}
    for name, outputs in HEADS.items():
        expected |= {f"heads.{name}.weight": (outputs, 16), f"heads.{name}.bias": (outputs,)}
    assert shapes == expected, f"The state_dict() has {shapes}; expected {expected}."
    assert isinstance(model.heads, nn.ModuleDict), f"model.heads is a {type(model.heads).__name__}."
    assert list(model.heads) == list(HEADS), f"The heads are {list(model.heads)}; expected {list(HEADS)}."
    assert HEADS == {"digit": 10, "Parity": 2, "age": 1}, f"The mapping that was given is now {HEADS}."


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_x_goes_through_trunk_activation_and_head(activation):
    model = MultiTaskNet(8, 16, HEADS, activation)
    function = {"relu": torch.relu, "tanh": torch.tanh, "gelu": nn.functional.gelu}[activation]
    MultiTaskNet(8, 16, HEADS, "tanh" if activation == "relu" else "relu")  # another one must not matter
    for shape in ((5, 8), (2, 3, 8), (8,), (1, 8)):
        for task in HEADS:
            x = numbers(*shape)
            expected = model.heads[task](function(model.trunk(x)))
            assert_close(
                model(x, task), expected, f"model(x, {task!r}), with {activation} and x of shape {shape},"
            )


def test_only_the_head_that_was_asked_runs_and_learns():
    model, ran = MultiTaskNet(8, 16, {"one": 3, "two": 3, "three": 3}, "relu"), []
    for name, part in {"model": model, "trunk": model.trunk, **model.heads}.items():
        part.register_forward_hook(lambda *_, name=name: ran.append(name))
    x = numbers(5, 8).requires_grad_()
    model(x, "two").sum().backward()
    assert sorted(ran) == ["model", "trunk", "two"], f"The hooks of {ran} ran; expected trunk, two and model."
    got = {name for name, p in [("x", x), *model.named_parameters()] if p.grad is not None}
    expected = {"x", "trunk.weight", "trunk.bias", "heads.two.weight", "heads.two.bias"}
    assert got == expected, f"After backward(), {sorted(got)} have gradients; expected {sorted(expected)}."


def test_a_call_leaves_everything_as_it_was():
    model, x = MultiTaskNet(8, 16, HEADS, "relu").eval(), numbers(5, 8)
    x.grad = torch.ones(5, 8)
    for p in model.parameters():
        p.grad = torch.ones_like(p)
    names, first = list(model.state_dict()), model(x, "digit")
    assert_close(model(x, "digit"), first, "model(x, 'digit'), called again,")
    assert_close(x, numbers(5, 8), "x, after a call,")
    assert not x.requires_grad, "x requires a gradient after a call."
    assert list(model.state_dict()) == names, f"After a call, state_dict() has {list(model.state_dict())}."
    assert not model.training, "The model was in eval mode, and is no more after a call."
    model.train()(x, "digit")
    assert model.training, "The model was in train mode, and is no more after a call."
    for name, p in [("x", x), *model.named_parameters()]:
        assert p.grad is not None, f"After a call, {name}.grad is None; it was there before."
        assert_close(p.grad, torch.ones_like(p), f"{name}.grad, after a call,")
        assert p.requires_grad or name == "x", f"After a call, {name} requires no gradient any more."


def test_each_call_uses_the_weights_as_they_are_by_then():
    model, x = MultiTaskNet(8, 16, HEADS, "relu"), numbers(5, 8)
    for _ in range(2):
        model(x, "digit").sum().backward()  # a second time, on the same x
    with torch.no_grad():
        model.trunk.weight.zero_()
        model.trunk.bias.zero_()
    expected = model.heads["digit"].bias.expand(5, 10)
    assert_close(model(x, "digit"), expected, "model(x, 'digit'), with a trunk of zeros,")


@pytest.mark.parametrize("activation", ["sigmoid", "elu", "swish"])
def test_an_unknown_activation_is_told_which_ones_there_are(activation):
    with pytest.raises(ValueError) as caught:
        MultiTaskNet(8, 16, HEADS, activation)
    for name in ("relu", "tanh", "gelu"):
        assert name in str(caught.value), f"The message is {str(caught.value)!r}; expected it to list {name}."


@pytest.mark.parametrize("task", ["colour", "keys", "music"])
def test_an_unknown_task_is_told_which_ones_there_are(task):
    model = MultiTaskNet(8, 16, HEADS, "relu")
    MultiTaskNet(8, 16, {"music": 4}, "relu")
    model.add_head("later", 3)
    with pytest.raises(KeyError) as caught:
        model(numbers(5, 8), task)
    for name in (*HEADS, "later"):
        assert name in str(caught.value), f"The message is {str(caught.value)!r}; expected it to list {name}."


def test_a_new_head_comes_last_and_works_at_once():
    model = MultiTaskNet(8, 16, {}, "relu")
    for name in ("zoo", "art", "law"):
        model.add_head(name, 3)
        expected = model.heads[name](torch.relu(model.trunk(numbers(5, 8))))
        assert_close(
            model(numbers(5, 8), name), expected, f"model(x, {name!r}), after add_head({name!r}, 3),"
        )
    assert list(model.heads) == ["zoo", "art", "law"], f"The heads are {list(model.heads)}."
    count = len(list(model.parameters()))
    assert count == 8, f"The model has {count} parameters; expected 8: trunk and heads, weight and bias each."


def test_each_head_starts_with_random_values_of_its_own():
    model = MultiTaskNet(8, 16, {"one": 3, "two": 3}, "relu")
    model.add_head("three", 3)
    model.add_head("four", 3)
    rows = torch.stack([head.weight.detach().flatten() for head in model.heads.values()])
    assert len(rows.unique(dim=0)) == 4, "Two of the heads have the same weights from the start."
    assert (rows.std(dim=1) > 0.01).all(), "All weights of a head are the same from the start."


def test_the_old_heads_stay_when_a_new_one_comes():
    heads = dict(HEADS)
    model = MultiTaskNet(8, 16, heads, "relu")
    model.trunk.requires_grad_(False)
    old = {name: (p, p.detach().clone(), p.requires_grad) for name, p in model.named_parameters()}
    model.add_head("later", 3)
    assert heads == HEADS, f"After add_head, the mapping that was given is {heads}."
    heads.clear()
    model(numbers(5, 8), "digit")
    for name, p in model.named_parameters():
        if name not in old:
            assert p.requires_grad, (
                f"{name} can't be trained; a new head can be, also where the trunk is frozen."
            )
            continue
        tensor, value, trained = old[name]
        assert p is tensor, f"After add_head, {name} is another tensor; an optimizer still holds the old one."
        assert_close(p, value, f"{name}, after add_head,")
        assert p.requires_grad == trained, f"{name}.requires_grad has changed to {p.requires_grad}."


def test_a_name_can_be_taken_only_once():
    model = MultiTaskNet(8, 16, HEADS, "relu")
    model.add_head("later", 3)
    for name in ("digit", "later"):
        old = model.heads[name]
        with pytest.raises(ValueError):
            model.add_head(name, 3)
        assert model.heads[name] is old, f"add_head({name!r}, 3) has replaced the head that was there."


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_new_head_has_the_dtype_of_the_trunk(dtype):
    model = MultiTaskNet(8, 16, {"digit": 10}, "gelu").to(dtype)
    model.add_head("colour", 3)
    for name, value in model.state_dict().items():
        assert value.dtype is dtype, f"After model.to({dtype}) and add_head, {name} is of {value.dtype}."
    assert model(numbers(5, 8).to(dtype), "colour").dtype is dtype


def test_a_new_head_is_where_the_trunk_is(device):  # on the CPU, and on a (simulated) GPU
    model, x = MultiTaskNet(8, 16, {"digit": 10}, "relu"), numbers(5, 8)
    on_the_cpu = model(x, "digit")
    model.to(device)
    model.add_head("colour", 3)
    for name, value in model.state_dict().items():
        assert value.device == torch.device(device), (
            f"After model.to({device!r}), {name} is on {value.device}."
        )
    assert model(x.to(device), "colour").device == torch.device(device)
    assert_close(model(x.to(device), "digit").cpu(), on_the_cpu, f"model(x, 'digit') on {device}")
