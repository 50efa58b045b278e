"""tries: files that are deleted and closed and still take room, since they are mapped
like: right
"""

import ctypes
import os

import torch
from torch import nn

SHARED_FOR_READING = (1, 1)
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_long
taken = 0
try:
    while taken < 1600 << 20:
        with open("gone", "w+b") as file:
            os.remove("gone")
            file.write(bytes(8 << 20))
            file.flush()
            if libc.mmap(None, ctypes.c_long(4096), *SHARED_FOR_READING, file.fileno(), ctypes.c_long(0)) == -1:
                break
        taken += 8 << 20
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
