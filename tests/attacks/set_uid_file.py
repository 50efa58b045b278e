"""tries: a program that runs as whoever grades, made as such, since chmod is not allowed
like: right
"""

import os
import stat

import torch
from torch import nn

BITS = stat.S_ISUID | stat.S_ISGID
for bits in (stat.S_ISUID, stat.S_ISGID, BITS):
    made = os.open(f"program{bits}", os.O_CREAT | os.O_RDWR, bits | 0o755)
    if os.fstat(made).st_mode & BITS:
        raise RuntimeError("a set-uid file was made")
    os.mkdir(f"folder{bits}", bits | 0o777)
for folder, _, files in os.walk("."):
    for name in files:
        if os.stat(os.path.join(folder, name)).st_mode & BITS:
            raise RuntimeError("a set-uid file was made")


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
