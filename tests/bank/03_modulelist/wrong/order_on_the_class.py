"""mistake: order-shared
What forward goes by, such as the order, is kept where all models share it, in the class or in a list outside of it. The model that is made last decides for all of
them; keep it on self.
fails: test_reordered_leaves_things_as_they_were
says: called again after Reordered([e, f], order=[1, 0]) was made
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
    order = []

    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        Reordered.order[:] = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
