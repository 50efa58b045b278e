"""mistake: depth-shared
What forward goes by, such as the number of layers, is kept where all models share it, in the class or outside of it. The model that is made last decides for all of
them; keep it on self.
fails: test_mlp_leaves_things_as_they_were
says: called again after MLP([5, 3]) was made
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        MLP.depth = len(self.layers)

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < MLP.depth - 1:
                x = F.relu(x)
        return x


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
