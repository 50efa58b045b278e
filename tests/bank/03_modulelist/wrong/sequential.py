"""mistake: sequential-instead
The layers are in an nn.Sequential. Names and outputs are right, but the task asks for an nn.ModuleList: a Sequential promises that calling it is what the model does, and here relus stand between its layers.
fails: test_mlp_keeps_its_layers_in_a_modulelist
says: is of the class Sequential
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.Sequential(*[nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1:
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
