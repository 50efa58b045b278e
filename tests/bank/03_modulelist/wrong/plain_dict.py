"""mistake: plain-dict
The layers stand in a plain Python dict, which hides them from the model as a list does: no parameters, an empty state_dict.
source: https://github.com/pytorch/pytorch/issues/632
fails: test_mlp_registers_every_layer test_mlp_keeps_its_layers_in_a_modulelist
says: has 0 parameters
says: is of the class dict
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = {}
        for i in range(len(widths) - 1):
            self.layers[str(i)] = nn.Linear(widths[i], widths[i + 1])

    def forward(self, x):
        for name, layer in self.layers.items():
            x = layer(x)
            if name != str(len(self.layers) - 1):
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
