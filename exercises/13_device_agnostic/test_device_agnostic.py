"""Run me with `pytest exercises/13_device_agnostic`.

Tests with a `device` run on the CPU and on a GPU, those marked with ON_GPU on a GPU alone. Where there is
none, it is simulated: two of them, and `device` is the second.
"""

from collections import namedtuple

import pytest
import torch
from device_agnostic import PositionalMixer, evaluate, move_batch
from torch import nn
from torch.nn.functional import cross_entropy

from grader import simcuda

ON_GPU = pytest.mark.parametrize("device", ["cuda:1"], indirect=True)
Sample = namedtuple("Sample", ["image", "label"])


def holds(condition, words):
    assert condition, words


def same(got, expected, words):
    """Compare two tensors: shape, dtype and device, then values; or anything else by ==."""
    if not isinstance(expected, torch.Tensor):
        holds(got == expected, f"{words} is {got!r}; expected {expected!r}")
        return
    for what in ("shape", "dtype", "device"):
        found, right = getattr(got, what, type(got).__name__), getattr(expected, what)
        holds(found == right, f"the {what} of {words} is {found}; expected {right}")
    close = {"rtol": 1e-2, "atol": 5e-2} if got.dtype.itemsize < 4 else {"rtol": 1e-4, "atol": 1e-5}
    holds(torch.allclose(got, expected, **close), f"{words} is\n{got}\nexpected\n{expected}")


def itself(got, expected, words):
    holds(got is expected, f"{words} is {got!r}; expected the very same object that was given, {expected!r}")


# --- PositionalMixer: on the CPU it is right already -------------------------------------------------------


def sums(model, x, lengths):
    """What the model should give: the real positions of each sequence, added up one by one."""
    rows = zip(x, lengths.tolist(), strict=True)
    return torch.stack([sum(model.mix[t] * (row[t] + model.table[t]) for t in range(n)) for row, n in rows])


@ON_GPU
def test_the_mixer_works_on_a_gpu(device):
    model = PositionalMixer(3, 7)
    nn.init.normal_(model.mix)
    x, lengths = torch.randn(4, 5, 3), torch.tensor([5, 1, 4, 2])
    model(x[:, :1], torch.ones_like(lengths))  # on the CPU first, and with shorter sequences
    given = x.clone()
    expected = sums(model, x, lengths).detach()
    whole = nn.Sequential(model).to(device)  # a larger model moves its parts, not knowing what they are
    y = whole[0](given.to(device), lengths.to(device))
    words = f"model(x, lengths), after nn.Sequential(model).to({device!r}),"
    same(y.detach(), expected.to(device), words)
    y.sum().backward()
    holds(model.mix.grad is not None, f"after {words} and backward(), mix has no gradient; expected one")
    whole.to("cpu")
    model(given, lengths)
    same(given, x, "x, after model(x, lengths) on the CPU,")


@ON_GPU
def test_the_mixer_stays_in_half_precision(device):
    model = PositionalMixer(3, 7).to(device, torch.bfloat16)
    x, lengths = torch.randn(2, 5, 3).bfloat16().to(device), torch.tensor([5, 2]).to(device)
    y = model(x, lengths).detach()
    same(y, sums(model, x, lengths).detach(), "model.to(torch.bfloat16)(x, lengths)")


def test_the_table_is_a_buffer_that_is_not_saved():
    model = PositionalMixer(3, 7)
    buffers, parameters = dict(model.named_buffers()), [name for name, _ in model.named_parameters()]
    holds("table" in buffers, f"the buffers of PositionalMixer(3, 7) are {list(buffers)}; expected 'table'")
    rows, columns = torch.arange(7).unsqueeze(1), torch.arange(3)
    same(buffers["table"], torch.sin(rows / (columns + 1)), "model.table")
    same(parameters, ["mix"], "the list of the model's parameters")
    same(list(model.state_dict()), ["mix"], "list(model.state_dict())")


def traffic(call):
    """How many tensors a call copies to a GPU and back, and how often it waits; zeros on a real one."""
    machine = simcuda.current()

    def counts():
        return (
            (machine.host_to_device, machine.device_to_host, machine.synchronisations)
            if machine
            else (0, 0, 0)
        )

    before = counts()
    call()
    return tuple(now - then for now, then in zip(counts(), before, strict=True))


@ON_GPU
def test_the_mixer_copies_nothing_and_does_not_wait(device):
    model = PositionalMixer(3, 7).to(device)
    x, lengths = torch.randn(4, 5, 3).to(device), torch.tensor([5, 1, 4, 2]).to(device)
    same(
        traffic(lambda: model(x, lengths)),
        (0, 0, 0),
        "(copies to the GPU, copies back, waits) in model(x, lengths)",
    )


# --- move_batch --------------------------------------------------------------------------------------------


def test_move_batch_moves_what_is_in_containers(device):
    x, y, z = torch.randn(2, 3), torch.arange(4), nn.Parameter(torch.ones(2))
    batch = {"y": y, "views": [x, (z, {}, [])], 7: (x,)}
    moved = move_batch(batch, torch.device(device))
    same(type(moved), dict, "the type of a moved dict")
    same(list(moved), ["y", "views", 7], "the list of the keys of a moved dict")
    same(moved["y"], y.to(device), "moved['y']")
    same(type(moved["views"]), list, "the type of a moved list")
    same(moved["views"][0], x.to(device), "moved['views'][0]")
    same(type(moved["views"][1]), tuple, "the type of a moved tuple")
    same(moved["views"][1][0].detach(), z.detach().to(device), "an nn.Parameter that was moved")
    same(moved["views"][1][1:], ({}, []), "an empty dict and an empty list, moved,")
    same(moved[7][0], x.to(device), "moved[7][0]")
    itself(batch["y"], y, "batch['y'], in the batch that was given,")
    itself(batch["views"][0], x, "batch['views'][0], in the batch that was given,")


def test_move_batch_keeps_named_tuples(device):
    x = torch.zeros(2)
    moved = move_batch(Sample(image=x, label=[x]), device)
    same(type(moved), Sample, "the type of move_batch(Sample(image=x, label=[x]), device)")
    same(moved.image, x.to(device), "moved.image")
    same(moved.label[0], x.to(device), "moved.label[0]")


def test_move_batch_returns_other_values_as_they_are(device):
    for other in (7, 0.5, None, "a cat", range(3), {1, 2}, nn.Identity()):
        moved = move_batch({"other": other, "list": [other]}, device)
        same(list(moved), ["other", "list"], f"the list of the keys, with {other!r} in the dict,")
        itself(moved["other"], other, f"moved['other'], with {other!r} in the dict,")
        itself(moved["list"][0], other, f"moved['list'][0], with {other!r} in the list,")


def test_move_batch_returns_a_tensor_that_is_there(device):
    x = torch.zeros(2).to(device)
    itself(move_batch([x], device)[0], x, f"what comes back for a tensor that is on {device} already")


@ON_GPU
def test_move_batch_moves_from_one_gpu_to_another_and_back(device):
    x = torch.ones(2).to(device)
    for target in ("cuda:0", "cpu") if x.is_cuda else ("cpu",):
        same(move_batch((x,), target)[0], x.to(target), f"a tensor on {device}, moved to {target},")


# --- evaluate ----------------------------------------------------------------------------------------------


def logits_and_labels(sizes):
    """Batches for a model that gives back what it gets, and what is right about all of them together."""
    batches = [(torch.randn(n, 3), torch.randint(0, 3, (n,))) for n in sizes]
    logits, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return batches, cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()


def close(got, expected, words):
    holds(abs(got - expected) < 1e-4, f"{words} is {got:.5f}; expected {expected:.5f}")


def test_evaluate_counts_every_sample_the_same(device):
    batches, expected_loss, expected_accuracy = logits_and_labels([7, 4, 1])
    result = evaluate(nn.Identity(), (pair for pair in batches), device)
    holds(
        isinstance(result, tuple) and len(result) == 2,
        f"evaluate returns {result!r}; expected a tuple of two",
    )
    for value in result:
        holds(isinstance(value, float), f"evaluate returns {result!r}; expected two Python floats")
    close(result[0], expected_loss, "the loss, over batches of 7, 4 and 1 samples,")
    close(result[1], expected_accuracy, "the accuracy, over batches of 7, 4 and 1 samples,")


def test_evaluate_adds_up_in_full_precision():
    logits, labels = torch.zeros(450, 2, dtype=torch.bfloat16), torch.zeros(450, dtype=torch.int64)
    batches = [(logits, labels), *[(logits[:1], labels[:1])] * 150]
    loss, _ = evaluate(nn.Identity(), batches, "cpu")
    holds(
        abs(loss - 0.69) < 0.01,
        f"the loss of logits in bfloat16, all of them 0, is {loss:.3f}; expected 0.69",
    )


class Net(nn.Module):
    """Batch norm and dropout in a part of their own; takes a dict; notes what was going on in each call."""

    def __init__(self):
        super().__init__()
        self.middle = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5))
        self.head = nn.Linear(4, 3)
        self.seen = []

    def forward(self, inputs):
        self.seen.append((inputs["x"].device, torch.is_grad_enabled(), [m.training for m in self.modules()]))
        return self.head(self.middle(inputs["x"]))


def net_and_batches(device, sizes=(3, 3)):
    batches = [({"x": torch.randn(n, 4)}, torch.randint(0, 3, (n,))) for n in sizes]
    return Net().to(device), batches


def modes(model):
    return {name or "the model": "train" if part.training else "eval" for name, part in model.named_modules()}


def test_evaluate_runs_the_model_in_eval_mode_without_gradients_on_the_device(device):
    model, batches = net_and_batches(device)
    calls = []
    model.register_forward_hook(lambda *_: calls.append("model(inputs)"))
    evaluate(model, batches, device)
    same(len(calls), 2, "the number of calls of model(inputs), for 2 batches,")
    place = torch.zeros(1, device=device).device
    same(model.seen[0][0], place, "the device of the inputs")
    same(model.seen[0][1], False, "torch.is_grad_enabled(), while the model runs,")
    same(model.seen[0][2], [False] * 5, "the `training` of each of model.modules(), while the model runs,")
    same(model.head.weight.device, place, "the device of the model, afterwards,")
    same(torch.is_grad_enabled(), True, "torch.is_grad_enabled(), afterwards,")


def test_evaluate_leaves_modes_and_gradients_as_they_were(device):
    model, batches = net_and_batches(device)
    model.middle[0].eval()
    model.head.bias.requires_grad_(False)
    model.head.weight.grad = torch.ones_like(model.head.weight)
    before = modes(model)
    with torch.no_grad():
        evaluate(model, batches, device)
        same(
            torch.is_grad_enabled(), False, "torch.is_grad_enabled(), after evaluate within torch.no_grad(),"
        )
    same(modes(model), before, "the mode of each part, afterwards,")
    frozen = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
    same(frozen, ["head.bias"], "the list of frozen parameters, afterwards,")
    holds(
        model.head.weight.grad is not None,
        "a gradient that was there before evaluate is gone; expected that it stays",
    )
    model.eval()
    evaluate(model, batches, device)
    same(
        modes(model),
        dict.fromkeys(before, "eval"),
        "the mode of each part, after evaluate on a model in eval mode,",
    )


def test_evaluate_restores_modes_after_an_exception():
    def interrupted(*batches):
        yield from batches
        raise KeyboardInterrupt  # somebody presses Ctrl-C

    model, batches = net_and_batches("cpu")
    for some in ([], batches):
        try:
            evaluate(model, interrupted(*some), "cpu")
        except KeyboardInterrupt:
            pass
        else:
            holds(
                False,
                "batches raised KeyboardInterrupt, but evaluate returned; expected that it comes through",
            )
        words = f"the mode of each part, after Ctrl-C behind {len(some)} batches,"
        same(modes(model), dict.fromkeys(modes(model), "train"), words)


@ON_GPU
def test_evaluate_waits_at_the_end_only(device):
    model, batches = net_and_batches(device, sizes=(3, 3, 3, 3, 3))
    _, *few = traffic(lambda: evaluate(model, batches[:2], device))
    _, *many = traffic(lambda: evaluate(model, batches, device))
    same(
        many, few, "[copies back, waits] of evaluate on 5 batches, where it is as on 2 batches it has to be,"
    )
