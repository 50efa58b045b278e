"""mistake: device-remembered
The model remembers where it was built and sends x there, although it may have been moved since. Whoever calls the model has put x beside it
already: leave it there.
source: https://github.com/Lightning-AI/pytorch-lightning/issues/6413
fails: test_mlp_runs_its_layers_in_order
says: but got mat1 is on cpu
says: Model and input had been moved to cuda:1.
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        self.device = self.layers[0].weight.device

    def forward(self, x):
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
