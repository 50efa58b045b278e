"""mistake: unused-layers-dropped
Layers that do not come in order are not registered, and the numbers of the others change. All given layers belong into the list.
fails: test_reordered_keeps_the_layers_in_their_places
says: .linears holds a, b, d; expected
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
        used = sorted(set(order))
        self.linears = nn.ModuleList(linears[i] for i in used)
        self.order = [used.index(i) for i in order]

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
