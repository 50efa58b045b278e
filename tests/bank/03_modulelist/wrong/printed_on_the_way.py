"""mistake: numbers-looked-at
forward prints numbers, or decides by them. The program can't go on before the GPU has worked them out, in every layer of every call.
source: https://github.com/whittle-org/whittle/issues/306
fails: test_mlp_moves_nothing_between_devices
says: copied from the GPU to the CPU
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])

    def forward(self, x):
        for index, layer in enumerate(self.layers[:-1]):
            x = F.relu(layer(x))
            print(f"after layer {index}: {x.mean().item():.3f}")
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
