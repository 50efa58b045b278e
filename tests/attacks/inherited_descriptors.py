"""tries: using descriptors that were left open
like: no_relu
"""

import os

import torch
from torch import nn

mine = []
for descriptor in range(4, 256):
    try:
        os.fstat(descriptor)
        mine.append(descriptor)
    except OSError:
        pass
if mine:
    raise RuntimeError(f"open: {mine}")


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
