"""mistake: masked-sum
The heads' outputs are multiplied by 0 or 1 and summed, so every head runs and gets gradients of zero instead of none.
fails: test_asks_one_head_only
says: these parameters have a gradient
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
        total = 0
        for name, head in self.heads.items():
            out = F.linear(h, head.weight, head.bias) if name != task else head(h)
            total = total + out.sum(-1, keepdim=True) * 0 if name != task else total + out
        return total

    def add_head(self, name, out_features):
        if name in self.heads:
            raise ValueError(f"there is already a head for {name}")
        head = nn.Linear(self.hidden, out_features)
        self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
