"""`layers` is a subclass of nn.ModuleList that does have a forward; Reordered is written with functools.reduce."""

import functools
from torch import nn


class Chain(nn.ModuleList):
    """A list that can be called: relu between its layers."""

    def forward(self, x):
        first, *others = self
        x = first(x)
        for layer in others:
            x = layer(x.relu())
        return x


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = Chain(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        return self.layers(x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = tuple(order)

    def forward(self, x):
        return functools.reduce(lambda value, i: self.linears[i](value), self.order, x)
