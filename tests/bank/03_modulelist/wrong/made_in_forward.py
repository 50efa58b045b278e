"""mistake: made-in-forward
The layers are made in forward: new ones, with new random weights, in every call, which no optimizer ever sees. Make them in __init__.
source: https://github.com/pytorch/pytorch/issues/1291
fails: test_mlp_registers_every_layer test_mlp_keeps_its_layers_in_a_modulelist test_mlp_leaves_things_as_they_were
says: has 0 parameters
says: called again with the same x
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.widths = widths

    def forward(self, x):
        layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(self.widths[:-1], self.widths[1:])])
        for layer in layers[:-1]:
            x = F.relu(layer(x))
        return layers[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
