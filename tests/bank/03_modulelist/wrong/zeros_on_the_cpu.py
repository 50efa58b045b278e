"""mistake: made-on-the-cpu
A tensor that forward makes without saying where is on the CPU, wherever the model is. Give it device=x.device, or make it with
zeros_like(x) or x.new_zeros(...).
source: https://github.com/huggingface/transformers/pull/44822
fails: test_mlp_runs_its_layers_in_order
says: but found at least two devices, cuda:1 and cpu!
"""

import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = layer(x)
            x = torch.maximum(x, torch.zeros(x.shape, dtype=x.dtype))
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
