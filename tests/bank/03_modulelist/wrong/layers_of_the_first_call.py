"""mistake: device-of-the-first-call
The model asks only in its first call where it is, and sends all later inputs there. When it is moved afterwards, its weights go and its inputs
don't.
fails: test_mlp_works_wherever_it_is_moved test_mlp_moves_nothing_between_devices
says: but got mat1 is on cpu
says: Model and input had been moved to cuda:1.
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        self.device = None

    def forward(self, x):
        if self.device is None:
            self.device = next(self.parameters()).device
        x = x.to(self.device)
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
