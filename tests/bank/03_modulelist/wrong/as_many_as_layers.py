"""mistake: as-many-steps-as-layers
The loop makes as many steps as there are layers. order may be shorter or longer than that: loop over order.
fails: test_reordered_runs_in_the_order_asked_for test_reordered_leaves_things_as_they_were test_reordered_calls_its_layers
says: IndexError: list index out of range
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
        for step in range(len(self.linears)):
            x = self.linears[self.order[step]](x)
        return x
