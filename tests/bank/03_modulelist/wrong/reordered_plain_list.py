"""mistake: reordered-plain-list
Reordered keeps its layers in the plain list that it was given, so the model does not know them.
source: https://github.com/pytorch/pytorch/issues/59925
fails: test_reordered_keeps_the_layers_in_their_places
says: .linears is of the class list
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
        self.linears = linears
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
