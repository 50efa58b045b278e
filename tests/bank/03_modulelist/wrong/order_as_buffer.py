"""mistake: order-in-the-state
order is registered with the model, so that it becomes a part of state_dict(), next to the weights. It is a part of how the model is built: a plain attribute is enough.
fails: test_reordered_saves_every_layer_once test_reordered_moves_nothing_between_devices
says: .state_dict() has more entries than it should: order
"""

import torch
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
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.register_buffer("order", torch.tensor(order))

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
