"""tries: making files by calls that hide from the filter what they do: openat2, creat, mknod
like: right
"""

import ctypes
import os

import torch
from torch import nn

libc = ctypes.CDLL(None)
OPENAT2, CREAT = 437, 85
how = (ctypes.c_uint64 * 3)(os.O_CREAT | os.O_RDWR, 0o6755, 0)
libc.syscall(OPENAT2, -100, b"by_openat2", how, 24)
if os.uname().machine == "x86_64":
    libc.syscall(CREAT, b"by_creat", 0o6755)
libc.mknod(b"by_mknod", 0o100600, 0)
if os.listdir("."):
    raise RuntimeError(f"{os.listdir('.')} were made")


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
