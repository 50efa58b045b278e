"""mistake: moves-the-whole-net
To bring the new head to the trunk, the whole net is moved and converted, and so are heads that somebody had put elsewhere. Move the new head
alone, before it is put into the net.
fails: test_add_head_follows_the_trunk_to_a_gpu
says: add_head makes one new head, and moves and converts nothing else.
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
        self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})

    def forward(self, x, task):
        if task not in self.heads:
            raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        h = self.activation(self.trunk(x))
        return self.heads[task](h)

    def add_head(self, name, out_features):
        if name in self.heads:
            raise ValueError(f"there is already a head for {name}")
        self.heads[name] = nn.Linear(self.hidden, out_features)
        weight = self.trunk.weight
        self.to(weight.device, weight.dtype)
