"""Run me with `pytest exercises/02_sequential`."""

from collections import OrderedDict

import pytest
import torch
from sequential import Sequential
from torch import nn


def same(got, expected, words):
    """Fail with a sentence if two values, or two tensors, are not the same."""
    if not isinstance(expected, torch.Tensor):
        assert got == expected, f"{words} is {got!r}; expected {expected!r}."
        return
    assert isinstance(got, torch.Tensor), f"{words} is {got!r}; expected a tensor."
    assert got.shape == expected.shape, (
        f"{words} has the shape {tuple(got.shape)}; expected {tuple(expected.shape)}."
    )
    assert torch.allclose(got, expected, atol=1e-6), f"{words} is\n{got}\nExpected:\n{expected}"


def refused(error, make, words):
    """Fail with a sentence unless `make()` raises this error."""
    try:
        made = make()
    except error:
        return
    except Exception as other:
        pytest.fail(f"{words} raised {type(other).__name__}: {other}; expected {error.__name__}.")
    pytest.fail(f"{words} raised nothing and gave {made!r}; expected {error.__name__}.")


def layers(count):
    torch.manual_seed(0)
    return [nn.Linear(3, 3) for _ in range(count)]


def test_the_modules_are_numbered():
    a, b = layers(2)
    a.eval()
    net = Sequential(a, nn.Tanh(), b)
    assert isinstance(net, nn.Module), "Sequential is not derived from nn.Module."
    assert not isinstance(net, nn.Sequential), (
        "Write it yourself: derive from nn.Module, not from nn.Sequential."
    )
    same(list(net._modules), ["0", "1", "2"], "list(Sequential(a, tanh, b)._modules)")
    assert net._modules["0"] is a, 'net._modules["0"] is not a itself; expected that very object, no copy.'
    same(repr(net), repr(nn.Sequential(a, nn.Tanh(), b)), "print(net)")
    same((net.training, a.training), (True, False), "(net.training, a.training), after a.eval(),")


def test_a_row_may_stand_in_a_row_and_a_module_in_two_places():
    (a,) = layers(1)
    net = Sequential(Sequential(a, nn.ReLU()), a)
    expected = ["0.0.weight", "0.0.bias", "1.weight", "1.bias"]
    same(list(net.state_dict()), expected, "list(Sequential(Sequential(a, relu), a).state_dict())")
    x = torch.randn(4, 3)
    same(net(x), a(torch.relu(a(x))), "Sequential(Sequential(a, relu), a)(x)")
    same(len(Sequential(a, a)), 2, "len(Sequential(a, a))")


def test_an_ordered_dict_gives_names_and_order():
    a, b = layers(2)
    given = OrderedDict([("squeeze", a), ("expand", b)])
    net = Sequential(given)
    net.add_module("more", nn.ReLU())
    same(list(net._modules), ["squeeze", "expand", "more"], "list(net._modules)")
    same(list(given), ["squeeze", "expand"], "list(given), once a module was added to Sequential(given),")
    assert net[0] is a, f"net[0] is {net[0]}; expected the first module, whatever its name."
    assert net[-2] is b, f"net[-2] is {net[-2]}; expected the last module but one, whatever its name."


def test_the_modules_run_one_after_the_other():
    a, b, c = layers(3)
    x = torch.randn(5, 3, requires_grad=True)
    net = Sequential(a, nn.Tanh(), b, c).eval()
    a.train()
    expected = c(b(torch.tanh(a(x))))
    y = net(x)
    same(y, expected, "Sequential(a, tanh, b, c)(x)")
    same((net.training, a.training), (False, True), "(net.training, a.training), after net(x),")
    y.sum().backward()
    for name, tensor in {"x": x, "a.weight": a.weight, "c.weight": c.weight}.items():
        assert tensor.grad is not None, f"After net(x).sum().backward(), {name} has no gradient."


def test_position_10_comes_after_position_9():
    modules, x = layers(12), torch.randn(5, 3)
    net, expected = Sequential(*modules), x
    for module in modules:
        expected = module(expected)
    same(net(x), expected, "the output of a row of twelve modules")
    assert net[10] is modules[10], "net[10] of twelve modules is not the one at position 10."


def test_whatever_a_module_returns_is_passed_on():
    class Pair(nn.Module):
        def forward(self, x):
            return x, 2 * x

    class Add(nn.Module):
        def forward(self, pair):
            return pair[0] + pair[1]

    x = torch.randn(2, 3)
    same(Sequential(Pair(), Add())(x), 3 * x, "Sequential(Pair(), Add())(x), where Pair returns a tuple,")
    assert Sequential()(x) is x, "Sequential()(x) is not x itself: an empty row returns what it is given."


def test_a_row_takes_one_input():
    (a,) = layers(1)
    x = torch.randn(2, 3)
    refused(TypeError, lambda: Sequential(a)(x, x), "Sequential(a)(x, x)")
    refused(TypeError, lambda: Sequential()(), "Sequential()()")


def test_hooks_run():
    (a,) = layers(1)
    net, ran = Sequential(a, a), []
    a.register_forward_hook(lambda *_: ran.append("a"))
    net.register_forward_hook(lambda *_: ran.append("net"))
    net(torch.randn(2, 3))
    same(ran, ["a", "a", "net"], "Sequential(a, a)(x): the list of the hooks that ran")


def test_what_is_no_module_is_refused():
    a, b = layers(2)
    refused(TypeError, lambda: Sequential([a, b]), "Sequential([a, b])")
    refused(TypeError, lambda: Sequential(nn.ReLU), "Sequential(nn.ReLU), the class,")
    refused(TypeError, lambda: Sequential(OrderedDict(x=a), b), "Sequential(OrderedDict(x=a), b)")
    refused(KeyError, lambda: Sequential(OrderedDict([("a.b", a)])), 'The name "a.b"')


def test_it_is_moved_as_a_whole(device):  # on the CPU, then on a GPU or a simulated one
    a, b = layers(2)
    net = Sequential(a, b)
    net(torch.randn(4, 3))
    assert net.to(device) is net, f"net.to({device!r}) did not return net itself."
    x = torch.randn(4, 3, device=device)
    same(a.weight.device, x.device, f"the device of a.weight, after net.to({device!r}),")
    same(net(x).device, x.device, "the device of net(x)")


def test_it_can_be_used_like_a_list():
    a, b, c = layers(3)
    net = Sequential(a, b, c, b)
    same(len(net), 4, "len(Sequential(a, b, c, b))")
    assert list(net) == [a, b, c, b], f"list(net) is {list(net)}; expected [a, b, c, b]."
    same(len([0 for _ in net for _ in net]), 16, "the number of turns of a loop in a loop over net")
    assert [net[0], net[-1], net[-2]] == [a, b, c], "net[0], net[-1] and net[-2] are not a, b and c."
    refused(IndexError, lambda: net[4], "net[4] of four modules")


def test_a_slice_is_a_row_again():
    class Special(Sequential):
        pass

    a, b, c = layers(3)
    net = Special(a, b, c)
    for part, names in ((net[1:], ["1", "2"]), (net[::-2], ["2", "0"]), (net[:1], ["0"]), (net[5:], [])):
        assert type(part) is Special, f"A slice of a Special is a {type(part).__name__}; expected a Special."
        same(list(part._modules), names, "the list of names in a slice of net")
    assert net[1:][0] is b, "net[1:][0] is not b itself; expected that very object, no copy."
    net[1:].add_module("more", nn.ReLU())
    same(list(net._modules), ["0", "1", "2"], "list(net._modules), after slicing,")


def test_append():
    a, b = layers(2)
    net = Sequential(a).eval()
    net.register_forward_hook(lambda *_: None)
    assert net.append(b) is net, "net.append(b) did not return net."
    net.append(a)
    same(list(net._modules), ["0", "1", "2"], "list(net._modules), after net.append(b) and net.append(a),")
    same((net.training, b.training), (False, True), "(net.training, b.training): append leaves modes alone;")
    same(len(net._forward_hooks), 1, "the number of hooks on net, after append,")
    refused(TypeError, lambda: net.append(nn.ReLU), "net.append(nn.ReLU), the class,")
    same(len(net._modules), 3, "len(net._modules), once append had refused something,")


def test_del():
    a, b, c = layers(3)
    net = Sequential(a, b, c, b).eval()
    net.register_full_backward_hook(lambda *_: None)
    b.train()
    del net[1]
    assert list(net._modules.values()) == [a, c, b], f"After del net[1], net is {net}; expected a, c and b."
    same(list(net._modules), ["0", "1", "2"], "list(net._modules), after del net[1],")
    del net[-1]
    assert list(net._modules.values()) == [a, c], f"After del net[-1], net is {net}; expected a and c."
    same((net.training, b.training), (False, True), "(net.training, b.training): del leaves modes alone;")
    same(len(net._backward_hooks), 1, "the number of backward hooks on net, after del,")
    refused(IndexError, lambda: net.__delitem__(2), "del net[2] of two modules")


def test_what_others_put_in_takes_part():
    a, b, c = layers(3)
    net, x = Sequential(a, b), torch.randn(2, 3)
    net(x)
    net.add_module("late", c)
    setattr(net, "0", b)
    same(net(x), c(b(b(x))), 'net(x), after net(x), net.add_module("late", c), setattr(net, "0", b),')
    same(len(net), 3, "len(net), after the same,")
