"""mistake: layers-gathered
Reordered moves all given layers to where the first of them is. They belong to the caller, who may have spread them over several GPUs because they
don't fit on one.
fails: test_reordered_moves_nothing_between_devices
says: mat1 is on cuda:0, different from other tensors on cuda:1
"""

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
        self.order = list(order)
        first = next(self.linears.parameters(), None)
        if first is not None:
            self.linears.to(first.device)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
