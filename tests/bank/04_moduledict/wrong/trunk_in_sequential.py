"""mistake: trunk-in-sequential
The trunk is an nn.Sequential, so its parameters are called trunk.0.weight instead of trunk.weight. Make self.trunk the nn.Linear itself.
fails: test_registers_trunk_and_heads test_keeps_the_heads_in_a_moduledict
says: 'trunk.0.weight'
"""
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}


class MultiTaskNet(nn.Module):
    def __init__(self, in_features, hidden, heads, activation):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"unknown activation {activation}, choose from {list(ACTIVATIONS)}")
        self.hidden = hidden
        self.trunk = nn.Sequential(nn.Linear(in_features, hidden), ACTIVATIONS[activation]())
        self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})

    def forward(self, x, task):
        if task not in self.heads:
            raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        h = self.trunk(x)
        return self.heads[task](h)

    def add_head(self, name, out_features):
        if name in self.heads:
            raise ValueError(f"there is already a head for {name}")
        head = nn.Linear(self.hidden, out_features)
        self.heads[name] = head.to(self.trunk[0].weight.device, self.trunk[0].weight.dtype)
