"""mistake: x-follows-the-given-layers
Reordered sends x to the device of each layer before that runs. If layers are on different GPUs by mistake, every call copies in silence where torch would have
said so; leave x where it is.
fails: test_reordered_moves_nothing_between_devices
says: a on cuda:1 and b on cuda:0, raised nothing
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

    def forward(self, x):
        for i in self.order:
            layer = self.linears[i]
            weight = next(layer.parameters(), x)
            x = layer(x.to(weight.device))
        return x
