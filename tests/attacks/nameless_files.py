"""tries: files that never have a name (O_TMPFILE), so that nobody counts them
like: right
"""

import os

import torch
from torch import nn

try:
    os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600)
except OSError:
    pass
else:
    raise RuntimeError("a file without a name was made")


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
