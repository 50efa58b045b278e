"""mistake: squeezed
A dimension of size 1 is removed from the output, so that one row in gives no row out. nn.Linear works on the last dimension and leaves those in front as they
are, also those of size 1.
fails: test_mlp_runs_its_layers_in_order
says: with x of shape (1, 4), the output is a tensor of shape (20,)
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
        return self.layers[-1](x).squeeze(0)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
