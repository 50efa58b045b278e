"""mistake: layers-not-in-one-list
The layers are given to nn.ModuleList one by one, as to nn.Sequential. It takes one argument, something to iterate over.
fails: test_mlp_registers_every_layer test_mlp_keeps_its_layers_in_a_modulelist test_mlp_leaves_things_as_they_were
says: takes from 1 to 2 positional arguments
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList(*[nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

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
