"""mistake: list-on-the-class
The ModuleList is made once for the class and not for each model: all models share its layers, and none of them has it registered. Make it in __init__, on self.
fails: test_mlp_registers_every_layer test_mlp_keeps_its_layers_in_a_modulelist test_mlp_leaves_things_as_they_were
says: holds modules of the classes Linear, Linear, Linear
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    layers = nn.ModuleList()

    def __init__(self, widths):
        super().__init__()
        for a, b in zip(widths[:-1], widths[1:]):
            self.layers.append(nn.Linear(a, b))

    def forward(self, x):
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
