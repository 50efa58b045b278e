"""The activation is a module that an if chooses, and the first heads are made by add_head as well."""
from torch import nn


class MultiTaskNet(nn.Module):
    def __init__(self, in_features, hidden, heads, activation):
        super().__init__()
        if activation == "relu":
            self.act = nn.ReLU()
        elif activation == "tanh":
            self.act = nn.Tanh()
        elif activation == "gelu":
            self.act = nn.GELU()
        else:
            raise ValueError(f"activation must be relu, tanh or gelu, got {activation}")
        self.trunk = nn.Linear(in_features, hidden)
        self.heads = nn.ModuleDict()
        for name, out_features in heads.items():
            self.add_head(name, out_features)

    def forward(self, x, task):
        if task not in self.heads:
            raise KeyError(f"no head for {task}; there are heads for {', '.join(self.heads)}")
        x = self.trunk(x)
        x = self.act(x)
        return self.heads[task](x)

    def add_head(self, name, out_features):
        if name in self.heads:
            raise ValueError(f"{name} has a head already")
        weight = self.trunk.weight
        self.heads[name] = nn.Linear(weight.shape[0], out_features, device=weight.device, dtype=weight.dtype)
