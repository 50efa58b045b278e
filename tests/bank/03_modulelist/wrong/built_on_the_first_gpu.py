"""mistake: made-on-a-chosen-device
The layers are made on a device that the file itself chooses. A new model is on the CPU; whoever uses it says where it is to be.
source: https://github.com/pykale/pykale/issues/542
fails: test_mlp_works_wherever_it_is_moved
says: but got mat1 is on cpu, different from other tensors on cuda:0
"""

import torch
import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1], device=device) for i in range(len(widths) - 1)])

    def forward(self, x):
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
