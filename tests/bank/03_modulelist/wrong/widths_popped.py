"""mistake: eats-its-argument
widths.pop() takes the sizes out of the list that was given, which is the caller's: it is empty, or nearly, afterwards.
fails: test_mlp_leaves_things_as_they_were
says: the list is [4]
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        widths = widths if isinstance(widths, list) else list(widths)
        self.layers = nn.ModuleList()
        while len(widths) > 1:
            self.layers.append(nn.Linear(widths.pop(0), widths[0]))

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
