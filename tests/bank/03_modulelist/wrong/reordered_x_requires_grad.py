"""mistake: reordered-x-requires-grad
Reordered sets requires_grad on x, which belongs to the caller. The weights get their gradients without that.
fails: test_reordered_leaves_things_as_they_were
says: x is a tensor with requires_grad; expected one without it
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
        x.requires_grad_()
        for i in self.order:
            x = self.linears[i](x)
        return x
