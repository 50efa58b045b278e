"""mistake: kept-in-a-second-list
The layers are registered, but forward runs a list of them that was made once. A layer that is replaced later never runs.
fails: test_mlp_runs_a_layer_that_was_replaced
says: model.layers[1] = nn.Linear(4, 4), the output of model(x) is
says: the new layer did not run
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        linears = [nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])]
        self.layers = nn.ModuleList(linears)
        self._linears = linears

    def forward(self, x):
        for layer in self._linears[:-1]:
            x = F.relu(layer(x))
        return self._linears[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
