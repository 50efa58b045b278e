"""mistake: head-attributes
Each head is an attribute of its own, so its name in state_dict() is head_NAME instead of heads.NAME, and there is no self.heads.
fails: test_registers_trunk_and_heads test_keeps_the_heads_in_a_moduledict test_add_head_follows_the_trunk
fails: test_add_head_follows_the_trunk_to_a_gpu
fails: test_add_head_refuses_a_taken_name
says: has no parameter 'heads.Angle.bias'
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
        self.tasks = []
        for name, size in heads.items():
            self.add_head(name, size)

    def forward(self, x, task):
        if task not in self.tasks:
            raise KeyError(f"unknown task {task}, known tasks: {self.tasks}")
        h = self.activation(self.trunk(x))
        return getattr(self, f"head_{task}")(h)

    def add_head(self, name, out_features):
        if name in self.tasks:
            raise ValueError(f"there is already a head for {name}")
        head = nn.Linear(self.hidden, out_features)
        setattr(self, f"head_{name}", head.to(self.trunk.weight.device, self.trunk.weight.dtype))
        self.tasks.append(name)
