"""mistake: relu-before-the-first
A relu stands before the first layer, which cuts off the negative numbers in x before any layer has seen them.
fails: test_mlp_runs_its_layers_in_order
says: layers[0] was given no negative numbers
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        for layer in self.layers:
            x = layer(F.relu(x))
        return x


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
