"""mistake: reordered-steps-kept
The layers are registered, but forward runs a list in running order that was made once. A layer that is replaced later never runs.
fails: test_reordered_runs_a_layer_that_was_replaced
says: model.linears[1] = nn.Linear(4, 4), the output of model(x) is
says: the new layer did not run
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
        self.steps = [linears[i] for i in order]

    def forward(self, x):
        for layer in self.steps:
            x = layer(x)
        return x
