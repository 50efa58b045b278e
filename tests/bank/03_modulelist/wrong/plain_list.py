"""mistake: plain-list
The layers stand in a plain Python list, so the model does not know them: parameters() and state_dict() leave them out.
source: https://github.com/pytorch/pytorch/issues/715
fails: test_mlp_registers_every_layer test_mlp_keeps_its_layers_in_a_modulelist
says: has 0 parameters
says: is of the class list
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])]

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
