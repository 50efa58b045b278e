"""mistake: x-to-the-reordered-model
Reordered sends x to where its layers are. If x was left somewhere else by mistake, every call copies it in silence where torch would have said so;
whoever calls the model puts x beside it.
fails: test_reordered_moves_nothing_between_devices
says: Reordered([a, b], order=[0, 1]).to("cuda:1") and x on cuda:0, raised nothing
"""

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
        self.order = list(order)

    def forward(self, x):
        x = x.to(next((p.device for p in self.parameters()), x.device))
        for i in self.order:
            x = self.linears[i](x)
        return x
