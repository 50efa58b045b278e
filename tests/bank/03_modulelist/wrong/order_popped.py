"""mistake: eats-the-order
Each call of forward takes the indices out of order, so that the second call has none left; and if order is the caller's list, it is empty now.
fails: test_reordered_leaves_things_as_they_were
says: order is []
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
        self.order = order

    def forward(self, x):
        todo = self.order if isinstance(self.order, list) else list(self.order)
        while todo:
            x = self.linears[todo.pop(0)](x)
        return x
