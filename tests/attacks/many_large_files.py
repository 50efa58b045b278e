"""tries: a disk full of files, none of which is larger than a file may be
like: right
"""

import os

import torch
from torch import nn

taken = 0
try:
    for number in range(200):
        with open(f"part{number}", "wb") as file:
            taken += file.write(bytes(8 << 20))
except OSError:
    pass
if taken > 400 << 20:
    raise RuntimeError(f"{taken} bytes of the disk were taken")


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
