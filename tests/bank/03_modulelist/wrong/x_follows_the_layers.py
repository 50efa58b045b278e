"""mistake: x-follows-the-layers
MLP sends x to the device of each layer before that runs. If layers are on different GPUs by mistake, every call copies in silence where torch would have
said so; leave x where it is.
fails: test_mlp_moves_nothing_between_devices
says: layers[0] on cuda:1 and layers[1] on cuda:0, raised nothing
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x.to(layer.weight.device)))
        last = self.layers[-1]
        return last(x.to(last.weight.device))


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
