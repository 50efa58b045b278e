"""mistake: computed-without-graph
The output is computed under torch.no_grad(), so that it has no graph and nothing can be trained. Whoever calls the model decides on that, not the model.
fails: test_mlp_runs_its_layers_in_order
says: look for detach()
"""

import torch
import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        with torch.no_grad():
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
