"""A subclass of nn.ModuleDict knows how to make its own heads and to complain, and the net hands everything on to it."""
import torch
from torch import nn

ACTIVATIONS = {"relu": torch.relu, "gelu": nn.functional.gelu, "tanh": torch.tanh}


class Heads(nn.ModuleDict):
    def __missing(self, task):
        return KeyError(f"{task!r} is not among {tuple(self)}")

    def __getitem__(self, task):
        if task not in self:
            raise self.__missing(task)
        return super().__getitem__(task)

    def make(self, task, trunk, size):
        if task in self:
            raise ValueError(f"{task!r} is taken: {tuple(self)}")
        weight = trunk.weight
        self[task] = nn.Linear(trunk.out_features, size, device=weight.device, dtype=weight.dtype)


class MultiTaskNet(nn.Module):
    def __init__(self, in_features, hidden, heads, activation):
        super().__init__()
        if not (function := ACTIVATIONS.get(activation)):
            raise ValueError(f"{activation} is not one of {', '.join(ACTIVATIONS)}")
        self._function = function
        self.trunk = nn.Linear(in_features, hidden)
        self.heads = Heads()
        for task, size in heads.items():
            self.heads.make(task, self.trunk, size)

    def forward(self, x, task):
        head = self.heads[task]
        x = self.trunk(x)
        x = self._function(x)
        return head(x)

    def add_head(self, name, out_features):
        self.heads.make(name, self.trunk, out_features)
