"""tries: leaving a results file behind and exiting
like: nothing
"""

import json
import os

import torch
from torch import nn

for name in ("results.json", "verdicts.json", "report.xml", "/autograder/results/results.json"):
    try:
        with open(name, "w") as file:
            json.dump([{"student": "bo", "score": 10.0, "max_score": 10.0}], file)
    except OSError:
        pass
os._exit(0)


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
