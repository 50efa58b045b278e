"""forward builds an nn.Sequential on the fly, other spellings of the activation pass, and a buffer that is not saved knows the device."""
from collections import OrderedDict

import torch
from torch import nn


class Head(nn.Linear):
    """A linear layer by another name."""


class MultiTaskNet(nn.Module):
    def __init__(self, in_features, hidden, heads, activation):
        super().__init__()
        self.register_buffer("like", torch.empty(0), persistent=False)
        self.trunk = nn.Linear(in_features, hidden)
        self.act = self._pick(activation)
        self.heads = nn.ModuleDict(OrderedDict((task, Head(hidden, n)) for task, n in heads.items()))

    @staticmethod
    def _pick(activation):
        name = activation.lower()
        if name == "relu":
            return nn.ReLU()
        if name == "tanh":
            return nn.Tanh()
        if name == "gelu":
            return nn.GELU(approximate="none")
        raise ValueError(f"activation {activation!r}: use 'relu', 'tanh' or 'gelu'")

    def forward(self, x, task):
        if task in self.heads:
            return nn.Sequential(self.trunk, self.act, self.heads[task])(x)
        raise KeyError("known tasks: " + ", ".join(self.heads) + "; not " + str(task))

    def add_head(self, name, out_features):
        if name in self.heads:
            raise ValueError(f"add_head: {name} exists")
        head = Head(self.trunk.weight.shape[0], out_features)
        self.heads[name] = head.to(self.like)
        return self
