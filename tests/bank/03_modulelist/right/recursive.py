"""Recursion instead of a loop, a relu written by hand, a ModuleList added up, subclasses of nn.Linear."""

from torch import nn


class Dense(nn.Linear):
    """A linear layer under another name."""


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList()
        for a, b in zip(widths[:-1], widths[1:]):
            self.layers = self.layers + [Dense(a, b)]

    def forward(self, x):
        return self._from(0, x)

    def _from(self, start, x):
        x = self.layers[start](x)
        if start == len(self.layers) - 1:
            return x
        return self._from(start + 1, x.clamp(min=0))


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.add_module("linears", nn.ModuleList(linears))
        self.order = order

    def forward(self, x):
        return self.run(x, *self.order)

    def run(self, x, first, *others):
        x = self.linears[first](x)
        return self.run(x, *others) if others else x
