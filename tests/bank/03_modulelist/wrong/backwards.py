"""mistake: order-backwards
order is followed from its end: the last index runs first. b(a(c(x))) is written with c at the right, but c runs first.
fails: test_reordered_runs_in_the_order_asked_for
says: the layers that ran: d, b, a, c; expected: c, a, b, d
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
        for i in reversed(self.order):
            x = self.linears[i](x)
        return x
