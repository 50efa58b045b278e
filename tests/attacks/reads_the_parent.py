"""tries: reading other processes: memory, environment, descriptors
like: no_relu
"""

import os
import sys

import torch
from torch import nn

secrets = []
for pid in [os.getppid(), *range(1, 200)]:
    for name in ("environ", "cmdline", "maps", "mem"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                secrets.append(file.read(100))
        except OSError:
            pass
if any(secrets) or len(os.environ) > 6:
    raise RuntimeError(f"read {len(secrets)} things, {sorted(os.environ)}")


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
