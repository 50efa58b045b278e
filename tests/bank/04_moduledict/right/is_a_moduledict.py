"""The net itself is an nn.ModuleDict with the two keys "trunk" and "heads", which are attributes just as well."""
import torch
from torch import nn


class MultiTaskNet(nn.ModuleDict):
    def __init__(self, in_features, hidden, heads, activation):
        if activation not in ("relu", "tanh", "gelu"):
            raise ValueError(f"{activation} is none of relu, tanh, gelu")
        super().__init__([
            ("heads", nn.ModuleDict([(name, nn.Linear(hidden, size)) for name, size in heads.items()])),
            ("trunk", nn.Linear(in_features, hidden)),
        ])
        self.act = getattr(torch.nn.functional, activation)

    def forward(self, x, task):
        heads = self["heads"]
        if task not in set(heads):
            raise KeyError(task, sorted(heads))
        return heads[task](self.act(self["trunk"](x)))

    def add_head(self, name, out_features):
        heads, like = self["heads"], self["trunk"].weight
        if name in heads:
            raise ValueError(f"{name} is one of {sorted(heads)}")
        head = nn.Linear(like.shape[0], out_features)
        heads.add_module(name, head.to(device=like.device, dtype=like.dtype))
