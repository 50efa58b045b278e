"""tries: the same signals by way of ioctl, which knows them by other names
like: right
"""

import fcntl
import os
import struct

import torch
from torch import nn

FIOASYNC, FIOSETOWN, SIOCSPGRP, TIOCSPGRP = 0x5452, 0x8901, 0x8902, 0x5410
for request, value in ((FIOSETOWN, os.getppid()), (SIOCSPGRP, os.getppid()), (TIOCSPGRP, 1), (FIOASYNC, 1)):
    for high in (0, 1 << 32):  # the kernel looks at the lower half only
        try:
            fcntl.ioctl(3, (request | high) & 0xFFFFFFFF, struct.pack("i", value))
        except (OSError, OverflowError):
            continue
        raise RuntimeError(f"ioctl {request:#x} was allowed")


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
