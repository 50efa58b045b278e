"""mistake: reordered-layer-forward
Reordered calls layer.forward(x) in place of layer(x), so the hooks of the layers do not run.
source: https://bowen0701.github.io/research-eng/Why-not-model.forward%28%29-but-model%28%29
fails: test_reordered_calls_its_layers
says: the hooks of a, b, c and d ran [0, 0, 0, 0] times
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
        for i in self.order:
            x = self.linears[i].forward(x)
        return x
