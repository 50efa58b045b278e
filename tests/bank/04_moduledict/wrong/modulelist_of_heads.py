"""mistake: modulelist-of-heads
The heads stand in an nn.ModuleList, so they are saved under numbers instead of under the names of their tasks.
fails: test_registers_trunk_and_heads test_keeps_the_heads_in_a_moduledict test_add_head_follows_the_trunk
fails: test_add_head_follows_the_trunk_to_a_gpu
says: 'heads.0.weight'
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
        self.tasks = list(heads)
        self.heads = nn.ModuleList([nn.Linear(hidden, size) for size in heads.values()])

    def forward(self, x, task):
        if task not in self.tasks:
            raise KeyError(f"unknown task {task}, known tasks: {self.tasks}")
        h = self.activation(self.trunk(x))
        return self.heads[self.tasks.index(task)](h)

    def add_head(self, name, out_features):
        if name in self.tasks:
            raise ValueError(f"there is already a head for {name}")
        head = nn.Linear(self.hidden, out_features)
        self.tasks.append(name)
        self.heads.append(head.to(self.trunk.weight.device, self.trunk.weight.dtype))
