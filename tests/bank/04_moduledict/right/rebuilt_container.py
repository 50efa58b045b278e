"""add_head makes a new nn.ModuleDict around the heads that are there; the relu works in place on the trunk's output."""
from torch import nn


class MultiTaskNet(nn.Module):
    def __init__(self, in_features, hidden, heads, activation):
        super().__init__()
        self.heads = nn.ModuleDict()
        self.trunk = nn.Linear(in_features, hidden)
        table = dict(relu=lambda: nn.ReLU(inplace=True), tanh=nn.Tanh, gelu=nn.GELU)
        try:
            self.nonlinearity = table[activation]()
        except KeyError:
            raise ValueError(f"unknown: {activation}. Choose from {sorted(table)}.") from None
        for item in heads.items():
            self.add_head(*item)

    def forward(self, x, task):
        try:
            head = self.heads[task]
        except KeyError as error:
            raise KeyError(f"{error} is not a task of {self.heads}") from error
        return head(self.nonlinearity(self.trunk(x)))

    def add_head(self, name, out_features):
        if any(name == other for other in self.heads):
            raise ValueError(f"The task '{name}' has a head.")
        weight = self.trunk.weight
        head = nn.Linear(weight.size(0), out_features).to(weight.device, weight.dtype)
        self.heads = nn.ModuleDict({**self.heads, name: head})
