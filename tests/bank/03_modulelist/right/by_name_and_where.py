"""Layers added and read back by name, relus as modules in a list of their own, and an order that is a tensor."""

import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList()
        for i, (a, b) in enumerate(zip(widths, widths[1:])):
            self.layers.add_module(str(i), nn.Linear(a, b))
        self.activations = nn.ModuleList(nn.ReLU() for _ in widths[2:])

    def forward(self, x):
        for i in range(len(self.layers)):
            x = getattr(self.layers, str(i))(x)
            if i < len(self.activations):
                x = self.activations[i](x)
        return x


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = torch.tensor(order)

    def forward(self, x):
        layers = list(self.linears)
        for i in self.order:
            x = layers[i](x)
        return x
