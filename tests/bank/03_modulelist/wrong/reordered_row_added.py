"""mistake: reordered-row-added
An x with one dimension becomes a row of a batch, and the output is a batch of one row, too. x goes through the layers as it is; nn.Linear takes any number of
dimensions.
fails: test_reordered_runs_in_the_order_asked_for
says: with x of shape (4,), the output is a tensor of shape (1, 4)
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
        if x.dim() == 1:
            x = x[None]
        for i in self.order:
            x = self.linears[i](x)
        return x
