"""mistake: output-layer-apart
The last layer is an attribute of its own. `layers` must hold all layers, the last one too.
fails: test_mlp_registers_every_layer test_mlp_keeps_its_layers_in_a_modulelist
says: output.weight
says: expected two nn.Linear and nothing else
"""

import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-2], widths[1:-1])])
        self.output = nn.Linear(widths[-2], widths[-1])

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.output(x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
