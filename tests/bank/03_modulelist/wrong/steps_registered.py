"""mistake: steps-registered-too
Beside the layers as they stand, the layers in running order are registered as well, so that state_dict() has the same weights under two names.
fails: test_reordered_saves_every_layer_once test_reordered_runs_a_layer_that_was_replaced
says: .state_dict() has more entries than it should: steps.0.weight
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
        self.linears = nn.ModuleList(linears)
        self.steps = nn.ModuleList(self.linears[i] for i in order)

    def forward(self, x):
        for layer in self.steps:
            x = layer(x)
        return x
