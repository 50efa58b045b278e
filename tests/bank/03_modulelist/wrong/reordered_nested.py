"""mistake: reordered-nested-list
The list of layers is put into a second list, and nn.ModuleList finds a list in it where it needs a module. linears is something to iterate over already.
fails: test_reordered_keeps_the_layers_in_their_places test_reordered_runs_in_the_order_asked_for test_reordered_leaves_things_as_they_were test_reordered_calls_its_layers
says: list is not a Module subclass
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
        self.linears = nn.ModuleList([linears])
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
