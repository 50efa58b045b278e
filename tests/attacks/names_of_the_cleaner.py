"""tries: names that whoever cleans up could want to use, in folders and for files
like: right
"""

import os

import torch
from torch import nn

for name in [*map(str, range(40)), *(f"{number}.moved" for number in range(40)), "tmp", "place"]:
    os.makedirs(f"{name}/0/0/0")
    os.makedirs(f"{name}/1/1.moved")
    with open(f"{name}/2", "w") as file:
        file.write("in the way")


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])

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
