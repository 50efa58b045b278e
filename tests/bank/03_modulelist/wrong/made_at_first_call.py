"""mistake: made-at-first-call
The layers are made in the first call of forward. Until then the model has no parameters, so an optimizer made before it gets nothing.
fails: test_mlp_registers_every_layer test_mlp_keeps_its_layers_in_a_modulelist
says: has 0 parameters
says: .layers is not there, or is None
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.widths = widths
        self.layers = None

    def forward(self, x):
        if self.layers is None:
            self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(self.widths[:-1], self.widths[1:]))
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
