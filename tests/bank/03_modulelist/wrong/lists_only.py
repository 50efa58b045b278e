"""mistake: lists-only
A list is added to widths, which works only if widths is a list as well. A tuple of widths is allowed; indices and slices work on both.
fails: test_mlp_registers_every_layer
says: can only concatenate list
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList()
        hidden = widths[1:-1]
        for a, b in zip([widths[0]] + hidden, hidden + [widths[-1]]):
            self.layers.append(nn.Linear(a, b))

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
