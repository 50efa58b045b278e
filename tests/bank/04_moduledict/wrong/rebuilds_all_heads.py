"""mistake: rebuilds-all-heads
add_head makes all heads anew, so what the old ones had learnt is lost, and optimizers go on with parameters that are no longer used.
fails: test_add_head_registers_and_runs test_add_head_follows_the_trunk_to_a_gpu
says: put new tensors in the place of
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
        sizes = {task: head.out_features for task, head in self.heads.items()}
        sizes[name] = out_features
        heads = nn.ModuleDict({task: nn.Linear(self.hidden, size) for task, size in sizes.items()})
        self.heads = heads.to(self.trunk.weight.device, self.trunk.weight.dtype)
