"""tries: so many folders that removing them takes longer than anybody waits
like: right
"""

import os

import torch
from torch import nn

made = 0
try:
    for number in range(5000):
        os.makedirs(f"chain{number}" + "/d" * 99)
        made += 100
except OSError:
    pass
if made > 5000:
    raise RuntimeError(f"{made} folders were made")


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
