"""tries: names of every kind: as long as they can be, no text, with escape sequences and line ends
like: right
"""

import os

import torch
from torch import nn

for name in (b"a" * 255, b"\xff\xfe", b"\x1b[2J", b"two\nlines", b"-rf", b" ", b"*", b"~", b"..."):
    os.makedirs(name + b"/" + name)
    with open(name + b"/file", "wb") as file:
        file.write(name)


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
