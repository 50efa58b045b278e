"""mistake: reordered-waits-for-the-gpu
The program waits in forward until a number has come back from the GPU: one that is printed, or one of an order that is in a tensor there. Python's own numbers
are a better place for what Python decides by.
fails: test_reordered_moves_nothing_between_devices
says: copied from the GPU to the CPU
"""

import torch
import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.register_buffer("order", torch.tensor(order), persistent=False)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
