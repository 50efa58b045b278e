"""Run me with `pytest exercises/01_forward_pass`."""

import torch
from forward_pass import ConvNet


def test_init_makes_everything_that_is_learned():
    model = ConvNet(in_channels=1, num_classes=4)
    shapes = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    assert shapes == {
        "conv1.weight": (32, 1, 3, 3),
        "conv1.bias": (32,),
        "dense1.weight": (128, 288),
        "dense1.bias": (128,),
        "dense2.weight": (4, 128),
        "dense2.bias": (4,),
    }


def test_every_image_gives_one_row_of_logits():
    model = ConvNet()
    assert model(torch.randn(5, 3, 7, 7)).shape == (5, 10)
    assert model(torch.randn(1, 3, 7, 7)).shape == (1, 10)


def test_the_same_images_give_the_same_logits():
    model = ConvNet()
    x = torch.randn(4, 3, 7, 7)
    assert torch.equal(model(x), model(x))


def test_calling_the_model_runs_hooks_on_it_and_on_its_layers():
    model = ConvNet()
    seen = []
    for layer in (model.conv1, model.dense1, model.dense2, model):
        layer.register_forward_hook(lambda layer, inputs, output: seen.append(tuple(output.shape)))
    model(torch.randn(2, 3, 7, 7))
    assert seen == [(2, 32, 7, 7), (2, 128), (2, 10), (2, 10)]


def test_nothing_comes_after_dense2():
    model = ConvNet(num_classes=3)
    with torch.no_grad():
        model.dense2.weight.zero_()
        model.dense2.bias.copy_(torch.tensor([-1.0, 0.0, 2.0]))
    assert model(torch.randn(1, 3, 7, 7)).tolist() == [[-1.0, 0.0, 2.0]]


def test_the_model_works_wherever_it_is(device):  # on the CPU, then on a GPU or a simulated one
    model = ConvNet()
    model.to(device)
    x = torch.randn(2, 3, 7, 7, device=device)
    assert model(x).device == x.device
