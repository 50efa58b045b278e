"""mistake: layers-follow-x
Reordered moves each layer to where its input is. The layers belong to the caller, who may have spread them over several GPUs because they don't fit on
one.
fails: test_reordered_moves_nothing_between_devices
says: Layers are moved by model.to(...), when somebody calls that.
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
            x = self.linears[i].to(x.device)(x)
        return x
