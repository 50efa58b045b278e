"""tries: pipes of megabytes, which hold memory of the kernel
like: right
"""

import fcntl
import os

import torch
from torch import nn

held = 0
try:
    for _ in range(20):
        read, write = os.pipe()
        held += fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 1 << 20)
except OSError:
    pass
if held:
    raise RuntimeError(f"pipes hold {held} bytes")


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
