"""tries: folders that not even their owner may enter, also by way of umask
like: right
"""

import os

import torch
from torch import nn

for number in range(20):
    os.makedirs(f"outer{number}/middle/inner")
    os.mkdir(f"outer{number}/middle/shut", 0)
    with open(f"outer{number}/middle/inner/file", "w") as file:
        file.write("hello")
before = os.umask(0o777)
for number in range(20):
    os.mkdir(f"outer{number}/dark")
    os.close(os.open(f"outer{number}/file", os.O_CREAT | os.O_WRONLY, 0))
os.umask(before)


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
