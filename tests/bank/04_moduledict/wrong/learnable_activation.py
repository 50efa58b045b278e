"""mistake: learnable-activation
The table of activations holds a module with a weight (nn.PReLU), which becomes a parameter of the model though it was not asked for.
fails: test_registers_trunk_and_heads
says: belong to neither trunk nor heads: ['act
"""
from torch import nn


class MultiTaskNet(nn.Module):
    def __init__(self, in_features, hidden, heads, activation):
        super().__init__()
        self.activations = nn.ModuleDict(
            {"relu": nn.ReLU(), "prelu": nn.PReLU(), "tanh": nn.Tanh(), "gelu": nn.GELU()}
        )
        if activation not in self.activations:
            raise ValueError(f"unknown activation {activation}, choose from {list(self.activations)}")
        self.activation = self.activations[activation]
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
        head = nn.Linear(self.hidden, out_features)
        self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
