"""mistake: layer-not-called
The layers are never called: layer.forward(x), or F.linear with the weight of a layer, computes the same as layer(x), but the hooks of the layer do not run.
fails: test_mlp_calls_its_layers
says: the hooks of the two layers ran [0, 0] times
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(F.linear(x, layer.weight, layer.bias))
        return F.linear(x, self.layers[-1].weight, self.layers[-1].bias)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
