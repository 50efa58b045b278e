"""mistake: one-layer-many-times
A layer is made once and used in several places, so these places share one weight: the model has fewer parameters than it seems to have.
source: https://github.com/deep-learning-with-pytorch/dlwpt-code/issues/89
fails: test_mlp_registers_every_layer
says: are the same objects again
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        sizes = list(zip(widths[:-1], widths[1:]))
        made = {size: nn.Linear(*size) for size in sizes}
        self.layers = nn.ModuleList(made[size] for size in sizes)

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1:
                x = F.relu(x)
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
