"""mistake: relu-only-once
There is one relu, after the first layer. Each layer but the last is followed by one.
fails: test_mlp_runs_its_layers_in_order
says: MLP([2, 6, 7, 4])(x)
says: layers[2] was given just what layers[1] put out
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        first, *others = self.layers
        x = first(x)
        if others:
            x = F.relu(x)
        for layer in others:
            x = layer(x)
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
