"""The net keeps a copy of the mapping and looks there for what it knows; dtype and device come from any parameter."""
import copy

import torch
from torch import nn


class MultiTaskNet(nn.Module):
    def __init__(self, in_features: int, hidden: int, heads: dict, activation: str):
        super().__init__()
        self.sizes = copy.copy(heads)
        self.trunk = nn.Linear(in_features, hidden)
        self.heads = nn.ModuleDict()
        for task, n in self.sizes.items():
            self.heads[task] = nn.Linear(hidden, n, bias=True)
        self.activation = None
        for cls in (nn.ReLU, nn.Tanh, nn.GELU):
            if cls.__name__.lower() == activation:
                self.activation = cls()
        if self.activation is None:
            raise ValueError("activation is not one of relu tanh gelu")

    def forward(self, x, task):
        if task not in self.sizes:
            raise KeyError(self.sizes)
        out = x
        for layer in (self.trunk, self.activation, self.heads[task]):
            out = layer(out)
        return out

    def add_head(self, name, out_features):
        if name in self.sizes:
            raise ValueError("twice")
        before = torch.get_default_dtype()
        like = next(self.parameters())
        torch.set_default_dtype(like.dtype)
        try:
            self.heads[name] = nn.Linear(len(self.trunk.bias), out_features, device=like.device)
        finally:
            torch.set_default_dtype(before)
        self.sizes[name] = out_features
