"""mistake: last-layer-told-by-its-width
The last layer is told from the others by its width. A hidden layer of the same width then gets no relu; its place in the list tells it safely.
fails: test_mlp_runs_its_layers_in_order
says: MLP([3, 6, 8, 6])(x)
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        width = self.layers[-1].out_features
        for layer in self.layers:
            x = layer(x)
            if x.shape[-1] != width:
                x = F.relu(x)
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
