"""mistake: tasks-of-all-nets
All nets share one list of tasks, as they do where it belongs to the class, so a net believes that it has the tasks of another one. Keep it in self, or ask self.heads.
fails: test_unknown_task
says: is a task of the other net
"""
import torch
from torch import nn
import torch.nn.functional as F

ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "gelu": F.gelu}


class MultiTaskNet(nn.Module):
    tasks = []

    def __init__(self, in_features, hidden, heads, activation):
        super().__init__()
        self.tasks.extend(heads)
        if activation not in ACTIVATIONS:
            raise ValueError(f"unknown activation {activation}, choose from {list(ACTIVATIONS)}")
        self.activation = ACTIVATIONS[activation]
        self.hidden = hidden
        self.trunk = nn.Linear(in_features, hidden)
        self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})

    def forward(self, x, task):
        if task not in self.tasks:
            raise KeyError(f"unknown task {task}, known tasks: {self.tasks}")
        h = self.activation(self.trunk(x))
        return self.heads[task](h)

    def add_head(self, name, out_features):
        if name in self.heads:
            raise ValueError(f"there is already a head for {name}")
        self.tasks.append(name)
        head = nn.Linear(self.hidden, out_features)
        self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
