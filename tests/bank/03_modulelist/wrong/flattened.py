"""mistake: flattened
x is brought into two dimensions first, and the dimensions in front are lost. nn.Linear works on the last dimension and leaves all others as they are.
fails: test_mlp_runs_its_layers_in_order
says: x of shape (2, 3, 3), the output is a tensor of shape
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        x = x.view(-1, self.layers[0].in_features)
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
