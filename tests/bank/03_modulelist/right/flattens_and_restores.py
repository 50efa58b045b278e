"""Brings x into two dimensions and the output back; zero weights at the start; MLP has a base class of its own."""

import torch
from torch import nn


class Chain(nn.Module):
    def forward(self, x):
        for step in self.steps():
            x = step(x)
        return x


class MLP(Chain):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])
        for parameter in self.parameters():
            nn.init.zeros_(parameter)

    def steps(self):
        for i, layer in enumerate(self.layers):
            if i:
                yield torch.relu
            yield layer

    def forward(self, x):
        flat = x.reshape(-1, x.shape[-1])
        out = super().forward(flat)
        return out.reshape(*x.shape[:-1], out.shape[-1])


class Reordered(Chain):
    def __init__(self, linears, order):
        super().__init__()
        self.order = order
        self.linears = nn.ModuleList(linears)

    def steps(self):
        return [self.linears[i] for i in self.order]
