"""tries: signals to threads of other processes, by the calls that abort() needs for its own
like: right
"""

import ctypes
import os

import torch
from torch import nn

libc = ctypes.CDLL(None)
TGKILL, TKILL, QUEUE = 234, 200, 129
target = os.getppid()
if os.uname().machine == "x86_64":
    for call in ((TGKILL, target, target, 0), (TKILL, target, 0), (QUEUE, target, 0, bytes(128))):
        if libc.syscall(*call) == 0:
            raise RuntimeError("a signal would arrive")


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
