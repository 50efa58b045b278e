"""Run me with `pytest exercises/01_forward_pass`."""

import torch
import torch.nn.functional as F
from forward_pass import ConvNet


def assert_close(got, expected, words):
    """Fail with a sentence if two tensors are not the same."""
    assert isinstance(got, torch.Tensor), f"{words} is {got!r}; expected a tensor."
    assert got.shape == expected.shape, (
        f"{words} has the shape {tuple(got.shape)}; expected {tuple(expected.shape)}."
    )
    assert torch.allclose(got, expected, atol=1e-5), f"{words} is\n{got}\nExpected:\n{expected}"


def images(count, channels=3, size=7):
    """Numbers that are the same in each run, negative ones among them."""
    torch.manual_seed(0)
    return torch.randn(count, channels, size, size)


def inside(model, x):
    """Run the model; return what each layer was given and what it returned, by the layer's name."""
    given, returned = {}, {}
    for name in ("conv1", "dense1", "dense2"):

        def look(layer, args, kwargs, output, name=name):
            given[name], returned[name] = [*args, *kwargs.values()][0].clone(), output.clone()

        getattr(model, name).register_forward_hook(look, with_kwargs=True)
    output = model(x)
    assert len(given) == 3, (
        f"The hooks of {list(given)} ran; expected those of all three, as in self.conv1(x)."
    )
    return given, returned, output


def test_init_makes_everything_that_is_learned():
    for arguments, channels, classes in (({}, 3, 10), ({"in_channels": 1, "num_classes": 2}, 1, 2)):
        model = ConvNet(**arguments)
        shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
        expected = {
            "conv1.weight": (32, channels, 3, 3),
            "conv1.bias": (32,),
            "dense1.weight": (128, 288),
            "dense1.bias": (128,),
            "dense2.weight": (classes, 128),
            "dense2.bias": (classes,),
        }
        assert shapes == expected, f"ConvNet(**{arguments}) has the weights {shapes}; expected {expected}."
        frozen = [name for name, p in model.named_parameters() if not p.requires_grad]
        assert not frozen, f"These weights can't be trained: {frozen}."


def test_every_image_gives_one_row_of_logits():
    model = ConvNet()
    for count in (5, 1, 70):
        shape = tuple(model(images(count)).shape)
        assert shape == (count, 10), (
            f"model(x) for {count} images has the shape {shape}; expected {(count, 10)}."
        )


def test_conv1_comes_first_and_pads_with_zeros():
    model, x = ConvNet(), images(4)
    given, returned, _ = inside(model, x.clone())
    assert_close(given["conv1"], x, "What conv1 was given")
    expected = F.conv2d(x, model.conv1.weight, model.conv1.bias, padding=1)
    assert_close(returned["conv1"], expected, "What conv1 returned")


def test_relu_pooling_and_flattening_come_before_dense1():
    given, returned, _ = inside(ConvNet(), images(4))
    after_relu = returned["conv1"].clamp(min=0)
    windows = after_relu[:, :, :6, :6].unfold(2, 2, 2).unfold(3, 2, 2)  # windows of 2x2, moved by 2
    assert_close(given["dense1"], windows.amax((4, 5)).reshape(4, 288), "What dense1 was given")


def test_a_relu_comes_before_dense2_and_nothing_after_it():
    for mode in (True, False):
        model = ConvNet().train(mode)
        words = f"model.train({mode})"
        given, returned, output = inside(model, images(4))
        assert_close(given["dense2"], returned["dense1"].clamp(min=0), f"{words}: what dense2 was given")
        assert_close(output, returned["dense2"], f"{words}: model(x), compared with what dense2 returned,")
        with torch.no_grad():
            assert_close(model(images(4)), output, f"{words}: model(x) under torch.no_grad()")


def test_each_layer_is_called_once_and_the_model_through_its_own_hooks():
    model, ran = ConvNet(), []
    for name in ("conv1", "dense1", "dense2"):
        getattr(model, name).register_forward_hook(lambda *_, name=name: ran.append(name))
    model.register_forward_hook(lambda *_: ran.append("model"))
    model(images(3))
    expected = ["conv1", "dense1", "dense2", "model"]
    assert ran == expected, f"During model(x), these hooks ran: {ran}; expected {expected}."


def test_a_call_changes_nothing_and_the_next_one_computes_anew():
    model, x = ConvNet(), images(4)
    model.eval()
    saved = {name: value.clone() for name, value in model.state_dict().items()}
    model(x).sum().backward()
    gradients = {name: p.grad.clone() for name, p in model.named_parameters()}
    first = model(x)
    assert_close(model(x), first, "model(x), called again with the same x,")
    assert_close(model(x[1:3]), first[1:3], "model(x[1:3]), for two of the images,")
    assert_close(x, images(4), "x, after model(x),")
    assert not any(part.training for part in model.modules()), "The model was in eval mode, and is no more."
    for name, value in model.state_dict().items():
        assert_close(value, saved[name], f"{name}, after model(x),")
    for name, p in model.named_parameters():
        assert_close(p.grad, gradients[name], f"{name}.grad, after another model(x),")
    with torch.no_grad():
        model.dense2.bias.add_(1.0)
    assert_close(model(x), first + 1, "model(x), after 1 was added to dense2.bias,")


def test_gradients_reach_x_and_all_weights():
    model, x = ConvNet(), images(4).requires_grad_()
    model(x).sum().backward()
    missing = [name for name, p in [("x", x), *model.named_parameters()] if p.grad is None]
    assert not missing, f"After model(x).sum().backward(), these have no gradient: {missing}."


def test_images_may_lie_in_memory_with_channels_last():
    model, x = ConvNet(), images(4)
    assert_close(model(x.to(memory_format=torch.channels_last)), model(x), "model(x), with channels last,")


def test_the_model_computes_in_the_dtype_of_its_weights():
    model, x = ConvNet(), images(4)
    y = model(x)
    wide = model.double()(x.double())
    assert wide.dtype is torch.float64, (
        f"model.double()(x.double()) has the dtype {wide.dtype}; expected float64."
    )
    assert_close(y, wide.float(), "model(x), compared with the same in float64,")


def test_the_model_works_wherever_it_is(device):  # on the CPU, then on a GPU or a simulated one
    model, x = ConvNet(), images(2)
    y = model(x)
    model.to(device)
    there = model(x.to(device))
    assert there.device == torch.device(device), f"With all on {device}, model(x) is on {there.device}."
    assert_close(there.cpu(), y, f"model(x) on {device}, compared with model(x) on the CPU,")
