"""Run me with `pytest exercises/03_modulelist`."""

import torch
from modulelist import MLP, Reordered
from torch import nn


def assert_close(got, expected, words):
    """Fail with a sentence if two tensors are not the same."""
    assert isinstance(got, torch.Tensor), f"{words} is {got!r}; expected a tensor."
    assert got.shape == expected.shape, (
        f"{words} has the shape {tuple(got.shape)}; expected {tuple(expected.shape)}."
    )
    assert torch.allclose(got, expected, atol=1e-6), f"{words} is\n{got}\nExpected:\n{expected}"


def relu_between(layers, x):
    """What a chain of three layers has to give."""
    first, second, third = layers
    return third(torch.relu(second(torch.relu(first(x)))))


def test_the_model_knows_its_layers():
    model = MLP([3, 4, 2])
    names = list(model.state_dict())
    expected = ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    assert names == expected, f"list(MLP([3, 4, 2]).state_dict()) is {names}; expected {expected}."
    assert isinstance(model.layers, nn.ModuleList), f"model.layers is a {type(model.layers).__name__}."
    shapes = [(layer.in_features, layer.out_features) for layer in model.layers]
    assert shapes == [(3, 4), (4, 2)], f"The layers of MLP([3, 4, 2]) map {shapes}; expected 3 to 4, 4 to 2."


def test_every_layer_has_weights_of_its_own():
    count = len(list(MLP([5, 5, 5, 5]).parameters()))
    assert count == 6, f"MLP([5, 5, 5, 5]) has {count} parameters; expected 6: three weights, three biases."


def test_the_layers_run_in_order_with_a_relu_between():
    torch.manual_seed(0)
    model, x = MLP([3, 8, 8, 2]), torch.randn(6, 3)
    before = x.clone()
    y = model(x)
    assert_close(x, before, "x, after model(x),")
    assert_close(y, relu_between(model.layers, x), "MLP([3, 8, 8, 2])(x)")
    assert_close(model(x), y, "model(x), called again with the same x,")
    assert_close(model.eval()(x), y, "model(x) in eval mode")


def test_one_layer_is_just_that_layer():
    model, x = MLP([3, 2]), torch.randn(5, 3)
    assert_close(model(x), model.layers[0](x), "MLP([3, 2])(x)")


def test_x_may_have_more_dimensions_or_just_one():
    model = MLP([3, 8, 2])
    x = torch.randn(4, 1, 3)
    assert_close(model(x)[2, 0], model(x[2, 0]), "The part [2, 0] of model(x), with x of shape (4, 1, 3),")


def test_every_layer_gets_a_gradient_and_runs_its_hooks():
    torch.manual_seed(0)
    model, ran = MLP([3, 8, 8, 2]), []
    for index, layer in enumerate(model.layers):
        layer.register_forward_hook(lambda *_, index=index: ran.append(index))
    model(torch.randn(6, 3)).sum().backward()
    assert ran == [0, 1, 2], f"The hooks of these layers ran: {ran}; expected [0, 1, 2], as in layer(x)."
    missing = [name for name, parameter in model.named_parameters() if parameter.grad is None]
    assert not missing, f"After backward(), these parameters have no gradient: {missing}."


def test_a_layer_that_was_replaced_is_the_one_that_runs():
    model, x = MLP([3, 4, 2]), torch.randn(5, 3)
    model(x)
    model.layers[1] = nn.Linear(4, 2)
    expected = model.layers[1](torch.relu(model.layers[0](x)))
    assert_close(model(x), expected, "model(x), after model.layers[1] = nn.Linear(4, 2),")


def test_the_layers_move_with_the_model(device):  # on the CPU, then on a GPU or a simulated one
    model = MLP([3, 4, 2])
    model(torch.randn(5, 3))
    model.to(device)
    x = torch.randn(5, 3, device=device)
    assert model(x).device == x.device


def test_reordered_runs_in_the_order_asked_for():
    torch.manual_seed(0)
    a, b, c = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)
    x = torch.randn(4, 2)
    model = Reordered([a, b, c], order=[2, 0, 1])
    assert_close(model(x), b(a(c(x))), "Reordered([a, b, c], order=[2, 0, 1])(x)")
    assert_close(model(x), b(a(c(x))), "Reordered([a, b, c], order=[2, 0, 1])(x), called again,")
    model = Reordered((a, b, c), order=(1, 1, 0))
    assert_close(model(x), a(b(b(x))), "Reordered((a, b, c), order=(1, 1, 0))(x)")


def test_reordered_keeps_the_layers_in_their_places():
    a, b, c = nn.Linear(2, 2).eval(), nn.Linear(2, 2), nn.Linear(2, 2)
    given, order = [a, b, c], [2, 0]
    model = Reordered(given, order)
    assert isinstance(model.linears, nn.ModuleList), f"model.linears is a {type(model.linears).__name__}."
    assert list(model.linears) == [a, b, c], "model.linears must hold a, b and c themselves, in this order."
    assert len(model.state_dict()) == 6, f"state_dict() has the entries {list(model.state_dict())}."
    assert (given, order) == ([a, b, c], [2, 0]), "The lists that were given have changed; only read them."
    assert not a.training, "a was in eval mode, and is no more; leave the given layers as they are."


def test_reordered_runs_a_layer_that_was_replaced():
    a, b = nn.Linear(2, 2), nn.Linear(2, 2)
    model, x = Reordered([a, b], order=[1, 0]), torch.randn(4, 2)
    model(x)
    model.linears[0] = c = nn.Linear(2, 2)
    assert_close(model(x), c(b(x)), "model(x), after model.linears[0] = c,")
