"""mistake: super-forgotten
super().__init__() is missing, so nn.Module has nowhere to register the layers.
source: https://github.com/pytorch/pytorch/issues/37824
fails: test_registers_trunk_and_heads test_keeps_the_heads_in_a_moduledict test_unknown_task
fails: test_add_head_follows_the_trunk
fails: test_add_head_follows_the_trunk_to_a_gpu test_add_head_refuses_a_taken_name
says: before Module.__init__() call
"""
from torch import nn


class MultiTaskNet(nn.Module):
    def __init__(self, in_features, hidden, heads, activation):
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
        self.heads[name] = nn.Linear(
            weight.shape[0], out_features, device=weight.device, dtype=weight.dtype
        )
