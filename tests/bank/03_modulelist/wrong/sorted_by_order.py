"""mistake: order-read-as-places
The layers are sorted by the numbers in order, as if order said where each layer goes. It says which layer runs first, second, third.
fails: test_reordered_runs_in_the_order_asked_for test_reordered_calls_its_layers
says: the layers that ran: b, c, a, d; expected: c, a, b, d
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
        pairs = sorted(zip(self.order, range(len(self.linears))))
        for _, i in pairs:
            x = self.linears[i](x)
        return x
