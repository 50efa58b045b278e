"""mistake: added-beside
add_head keeps the new head as an attribute or in a dict of its own instead of in self.heads, so it is not saved as heads.NAME.
fails: test_heads_start_different test_add_head_registers_and_runs test_add_head_follows_the_trunk
fails: test_add_head_follows_the_trunk_to_a_gpu
fails: test_nets_are_independent
says: raised KeyError: 'later'
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
        self.added = {}
        self.trunk = nn.Linear(in_features, hidden)
        self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})

    def forward(self, x, task):
        every = {**self.heads, **self.added}
        if task not in every:
            raise KeyError(f"unknown task {task}, known tasks: {list(every)}")
        h = self.activation(self.trunk(x))
        return every[task](h)

    def add_head(self, name, out_features):
        if name in self.heads or name in self.added:
            raise ValueError(f"there is already a head for {name}")
        head = nn.Linear(self.hidden, out_features)
        self.added[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
