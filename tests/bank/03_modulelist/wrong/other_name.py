"""mistake: another-name
The list of layers has another name than `layers`. The names in a checkpoint begin with it, so the task fixes it.
fails: test_mlp_registers_every_layer test_mlp_keeps_its_layers_in_a_modulelist
says: linears.0.weight, linears.0.bias
says: .layers is not there
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.linears = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        for layer in self.linears[:-1]:
            x = F.relu(layer(x))
        return self.linears[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
