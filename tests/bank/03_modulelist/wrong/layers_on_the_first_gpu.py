"""mistake: layers-on-the-first-gpu
Reordered moves the given layers, and x, to "cuda", the first GPU, where there is one. They belong to the caller, who may have put them somewhere
else, and moves the model, if at all, with model.to(...).
source: https://github.com/pykale/pykale/issues/542
fails: test_reordered_runs_in_the_order_asked_for
says: a tensor on cuda:0; expected one on cuda:1
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
        self.order = list(order)
        if torch.cuda.is_available():
            self.cuda()

    def forward(self, x):
        if torch.cuda.is_available():
            x = x.cuda()
        for i in self.order:
            x = self.linears[i](x)
        return x
