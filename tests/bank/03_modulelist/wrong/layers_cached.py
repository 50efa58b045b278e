"""mistake: layers-shared
A layer is kept and used again in every model that needs one like it. So all these models train the same weights.
fails: test_mlp_registers_every_layer
says: gives two models that share layers.0.weight, layers.0.bias
"""

import functools
import torch.nn.functional as F
from torch import nn


@functools.lru_cache
def layer(place, before, after):
    return nn.Linear(before, after)


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([layer(i, widths[i], widths[i + 1]) for i in range(len(widths) - 1)])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
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
