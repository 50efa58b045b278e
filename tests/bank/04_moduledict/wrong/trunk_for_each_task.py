"""mistake: trunk-for-each-task
Each task has a trunk of its own besides the shared one, so the tasks do not learn together.
fails: test_registers_trunk_and_heads
says: belong to neither trunk nor heads: ['trunk
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
        self.trunks = nn.ModuleDict({name: nn.Linear(in_features, hidden) for name in heads})
        self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})

    def forward(self, x, task):
        if task not in self.heads:
            raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        h = self.activation(self.trunks[task](x))
        return self.heads[task](h)

    def add_head(self, name, out_features):
        if name in self.heads:
            raise ValueError(f"there is already a head for {name}")
        self.trunks[name] = nn.Linear(self.trunk.in_features, self.hidden).to(self.trunk.weight)
        head = nn.Linear(self.hidden, out_features)
        self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
