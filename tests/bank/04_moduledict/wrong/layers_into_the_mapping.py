"""mistake: layers-into-the-mapping
The layers are written into the mapping that came in, so the caller's numbers are gone; make a new dict for them.
fails: test_nets_are_independent
says: the caller's mapping is {'parity': 'Linear'
"""
import torch
from torch import nn
import torch.nn.functional as F

ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "gelu": F.gelu}


class MultiTaskNet(nn.Module):
    def __init__(self, in_features, hidden, heads, activation):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"unknown activation {activation}, choose from {list(ACTIVATIONS)}")
        self.activation = ACTIVATIONS[activation]
        self.hidden = hidden
        self.trunk = nn.Linear(in_features, hidden)
        for name in heads:
            heads[name] = nn.Linear(hidden, heads[name])
        self.heads = nn.ModuleDict(heads)

    def forward(self, x, task):
        if task not in self.heads:
            raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        h = self.activation(self.trunk(x))
        return self.heads[task](h)

    def add_head(self, name, out_features):
        if name in self.heads:
            raise ValueError(f"there is already a head for {name}")
        head = nn.Linear(self.hidden, out_features)
        self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
