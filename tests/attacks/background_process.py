"""tries: leaving a process behind
like: right
"""

import os
import subprocess

import torch
from torch import nn

for start in (os.fork, lambda: subprocess.Popen(["sleep", "1000"]), lambda: os.posix_spawn("/bin/true", ["true"], {})):
    try:
        start()
    except OSError:
        continue
    raise RuntimeError("a process was started")


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
