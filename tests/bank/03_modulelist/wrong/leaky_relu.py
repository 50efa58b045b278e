"""mistake: another-activation
Something else than a relu stands between the layers: a relu lets no negative number through.
fails: test_mlp_runs_its_layers_in_order
says: MLP((3, 6, 2))(x)
says: layers[1] was given negative numbers, which a relu never puts out
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1:
                x = F.leaky_relu(x)
        return x


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
