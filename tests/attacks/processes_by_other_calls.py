"""tries: a process by vfork, clone3, or clone without a word about threads
like: right
"""

import ctypes
import os

import torch
from torch import nn

VFORK, CLONE3, CLONE = 58, 435, 56
libc = ctypes.CDLL(None)
arguments = (ctypes.c_uint64 * 11)()
arguments[4] = 17  # SIGCHLD
if os.uname().machine == "x86_64":
    for call in ((CLONE3, arguments, 88), (CLONE, 17, 0, 0, 0, 0), (CLONE, 0x100 | 17, 0, 0, 0, 0)):
        made = libc.syscall(*call)
        if made == 0:
            os._exit(0)
        if made > 0:
            raise RuntimeError("a process was made")


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
