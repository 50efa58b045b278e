"""Layers, losses and whole models on a simulated device: the values of the CPU, everything on the device."""

import copy
import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from grader import simcuda

IMAGE, SEQUENCE, ROWS = (2, 4, 6, 6), (2, 5, 8), (6, 8)
MODULES = {
    "Linear": (lambda: nn.Linear(8, 3), ROWS),
    "Bilinear": (lambda: Twice(nn.Bilinear(8, 8, 3)), ROWS),
    "Conv1d": (lambda: nn.Conv1d(5, 3, 3, padding=1), SEQUENCE),
    "Conv2d": (lambda: nn.Conv2d(4, 3, 3, stride=2, padding="valid", padding_mode="zeros"), IMAGE),
    "Conv2d reflect": (lambda: nn.Conv2d(4, 3, 3, padding=1, padding_mode="reflect"), IMAGE),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(4, 3, 3), IMAGE),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), IMAGE),
    "AvgPool2d": (lambda: nn.AvgPool2d(2), IMAGE),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d(1), IMAGE),
    "AdaptiveMaxPool2d": (lambda: nn.AdaptiveMaxPool2d(2), IMAGE),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(4), IMAGE),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(8), ROWS),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(4, affine=True), IMAGE),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), IMAGE),
    "LayerNorm": (lambda: nn.LayerNorm(8), SEQUENCE),
    "RMSNorm": (lambda: nn.RMSNorm(8), SEQUENCE),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(2), IMAGE),
    "Upsample": (lambda: nn.Upsample(scale_factor=2, mode="bilinear"), IMAGE),
    "PixelShuffle": (lambda: nn.PixelShuffle(2), IMAGE),
    "Unfold": (lambda: nn.Unfold(2), IMAGE),
    "ZeroPad2d": (lambda: nn.ZeroPad2d(1), IMAGE),
    "Flatten": (lambda: nn.Flatten(), IMAGE),
    "PReLU": (lambda: nn.PReLU(), ROWS),
    "GELU": (lambda: nn.GELU(), ROWS),
    "Softmax": (lambda: nn.Softmax(-1), ROWS),
    "LogSoftmax": (lambda: nn.LogSoftmax(-1), ROWS),
    "GLU": (lambda: nn.GLU(), ROWS),
    "LSTM": (lambda: First(nn.LSTM(8, 3, num_layers=2, batch_first=True, bidirectional=True)), SEQUENCE),
    "GRU": (lambda: First(nn.GRU(8, 3, batch_first=True)), SEQUENCE),
    "RNN": (lambda: First(nn.RNN(8, 3)), SEQUENCE),
    "LSTMCell": (lambda: First(nn.LSTMCell(8, 3)), ROWS),
    "MultiheadAttention": (lambda: Itself(nn.MultiheadAttention(8, 2, batch_first=True)), SEQUENCE),
    "TransformerEncoderLayer": (
        lambda: nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True),
        SEQUENCE,
    ),
    "TransformerDecoderLayer": (
        lambda: Twice(nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0, batch_first=True)),
        SEQUENCE,
    ),
    "weight norm": (lambda: nn.utils.parametrizations.weight_norm(nn.Linear(8, 3)), ROWS),
    "spectral norm": (lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(8, 3)), ROWS),
    "Embedding": (lambda: Classes(nn.Embedding(7, 3)), ROWS),
    "EmbeddingBag": (lambda: Classes(nn.EmbeddingBag(7, 3)), ROWS),
}
LOSSES = {
    "mse": lambda x, y: F.mse_loss(x, y),
    "l1": lambda x, y: F.l1_loss(x, y),
    "smooth l1": lambda x, y: F.smooth_l1_loss(x, y),
    "huber": lambda x, y: F.huber_loss(x, y),
    "cross entropy": lambda x, y: F.cross_entropy(x, y.argmax(1), label_smoothing=0.1),
    "cross entropy of probabilities": lambda x, y: F.cross_entropy(x, y.softmax(1)),
    "nll": lambda x, y: F.nll_loss(x.log_softmax(1), y.argmax(1), weight=torch.ones_like(y[0])),
    "bce": lambda x, y: F.binary_cross_entropy(x.sigmoid(), (y > 0).to(x.dtype)),
    "bce with logits": lambda x, y: F.binary_cross_entropy_with_logits(x, (y > 0).to(x.dtype)),
    "kl": lambda x, y: F.kl_div(x.log_softmax(1), y.softmax(1), reduction="batchmean"),
    "cosine": lambda x, y: F.cosine_embedding_loss(x, y, torch.ones_like(x[:, 0])),
    "triplet": lambda x, y: F.triplet_margin_loss(x, y, x.flip(0)),
    "margin": lambda x, y: F.multi_margin_loss(x, y.argmax(1)),
    "hinge": lambda x, y: F.hinge_embedding_loss(x, y.sign()),
    "gaussian nll": lambda x, y: F.gaussian_nll_loss(x, y, torch.ones_like(x)),
    "poisson nll": lambda x, y: F.poisson_nll_loss(x, y.abs()),
    "ctc": lambda x, y: F.ctc_loss(x.log_softmax(1)[:, None], y.argmax(1)[None, :2].clamp(1), (6,), (2,)),
}


class Twice(nn.Module):
    """A layer of two inputs."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x, x)


class First(nn.Module):
    """A layer whose first result counts."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


class Itself(nn.Module):
    """Attention of a sequence to itself, each place to those before it."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.size(1), device=x.device, dtype=x.dtype)
        return self.layer(x, x, x, attn_mask=mask, is_causal=True)[0]


class Classes(nn.Module):
    """A layer that takes whole numbers."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x.abs().mul(2).long().clamp(max=6))


def passed(module, x):
    """The output, and the gradients of the input and of all parameters."""
    x = x.detach().requires_grad_()
    y = module(x)
    y.square().sum().backward()
    return [y, x.grad, *(parameter.grad for parameter in module.parameters())]


def assert_alike(got, expected):
    for there, here in zip(got, expected, strict=True):
        if here is None:
            assert there is None
            continue
        assert there.device == torch.device("cuda", 1)
        torch.testing.assert_close(there.detach().cpu(), here.detach())


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("name", MODULES)
def test_a_layer_does_what_it_does_on_the_cpu(name, mode):
    make, shape = MODULES[name]
    torch.manual_seed(3)
    module = make().double().train(mode == "train")
    x = torch.randn(shape, dtype=torch.float64)
    here = copy.deepcopy(module)
    expected = passed(here, x)
    with simcuda.devices(2) as machine, warnings.catch_warnings():
        module, there = module.to("cuda:1"), x.to("cuda:1")
        machine.reset_counters()
        got = passed(module, there)
        assert (machine.host_to_device, machine.device_to_host) == (0, 0)
        assert_alike(got, expected)
        with torch.no_grad():
            assert_alike([module(there)], [here(x)])
        with torch.inference_mode():
            assert_alike([module(there)], [here(x)])


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_does_what_it_does_on_the_cpu(name):
    torch.manual_seed(3)
    x, y = torch.randn(6, 5, dtype=torch.float64), torch.randn(6, 5, dtype=torch.float64)

    def run(x, y):
        x = x.detach().requires_grad_()
        loss = LOSSES[name](x, y)
        loss.backward()
        return [loss, x.grad]

    expected = run(x, y)
    with simcuda.devices(2) as machine:
        there = x.to("cuda:1"), y.to("cuda:1")
        machine.reset_counters()
        got = run(*there)
        reads = 1 if name == "gaussian nll" else 0  # it looks whether any variance is negative
        assert (machine.host_to_device, machine.device_to_host) == (0, reads)
        assert_alike(got, expected)
