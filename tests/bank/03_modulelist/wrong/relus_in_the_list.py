"""mistake: relus-in-the-list
The relus stand in `layers`, too, so that the second linear layer is number 2 and not 1. `layers` holds the linear layers only; call the relu in forward.
fails: test_mlp_registers_every_layer test_mlp_keeps_its_layers_in_a_modulelist
says: layers.2.weight
says: of the classes Linear, ReLU, Linear
"""

from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(len(widths) - 1):
            if i > 0:
                self.layers.append(nn.ReLU())
            self.layers.append(nn.Linear(widths[i], widths[i + 1]))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
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
