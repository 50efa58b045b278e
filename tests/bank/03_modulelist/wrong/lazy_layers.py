"""mistake: lazy-layers
nn.LazyLinear learns its first size in the first call. The widths are all known here, so the weights can be there from the start, and an optimizer can be given them.
fails: test_mlp_registers_every_layer
says: the shape of layers.0.weight is 'not known yet'
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.LazyLinear(width) for width in widths[1:]])

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
