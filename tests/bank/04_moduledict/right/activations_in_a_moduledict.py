"""The activations are modules in a second nn.ModuleDict, all three of them kept; a new head is sent after the trunk."""
from torch import nn


class MultiTaskNet(nn.Module):
    def __init__(self, in_features, hidden, heads, activation):
        super().__init__()
        self.trunk = nn.Linear(in_features, hidden)
        self.activations = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh(), "gelu": nn.GELU()})
        if activation not in self.activations:
            raise ValueError(f"activation must be one of {list(self.activations)}, not {activation}")
        self.activation = activation
        self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})

    def forward(self, x, task):
        if task not in self.heads:
            raise KeyError(f"no task {task}, only {list(self.heads)}")
        hidden = self.activations[self.activation](self.trunk(x))
        return self.heads[task](hidden)

    def add_head(self, name, out_features):
        if name in self.heads.keys():
            raise ValueError(name)
        self.heads.update({name: nn.Linear(self.trunk.out_features, out_features).to(self.trunk.weight)})
