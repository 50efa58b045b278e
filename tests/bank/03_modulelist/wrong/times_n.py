"""mistake: hidden-layers-all-alike
All hidden layers are made with the first hidden width, as one layer taken several times; the widths in between are never looked at.
source: https://github.com/zalandoresearch/pytorch-vq-vae/issues/2
fails: test_mlp_registers_every_layer
says: MLP([2, 6, 3, 4])
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        first = [nn.Linear(widths[0], widths[1])]
        hidden = [nn.Linear(widths[1], widths[1])] * (len(widths) - 3)
        last = [nn.Linear(widths[1], widths[-1])] if len(widths) > 2 else []
        self.layers = nn.ModuleList(first + hidden + last)

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
