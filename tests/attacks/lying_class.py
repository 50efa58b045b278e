"""tries: a list that says it is a ModuleList
like: plain_list
"""

import torch
from torch import nn

class Lying(list):
    __class__ = nn.ModuleList


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = Lying(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
