"""mistake: reordered-sequential
Reordered keeps its layers in an nn.Sequential. That says that they run as they stand, which is just what they do not do here; a ModuleList promises no order.
fails: test_reordered_keeps_the_layers_in_their_places
says: .linears is of the class Sequential
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
        self.linears = nn.Sequential(*linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
