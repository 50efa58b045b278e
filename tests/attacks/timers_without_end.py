"""tries: more timers than the system has signals to queue, for all of its users
like: right
"""

import ctypes

import torch
from torch import nn

libc = ctypes.CDLL(None)
made = 0
for _ in range(1000):
    timer = ctypes.c_void_p()
    made += not libc.timer_create(0, None, ctypes.byref(timer))
if made:
    raise RuntimeError(f"{made} timers were made")


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
