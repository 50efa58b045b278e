"""Functions only: reduce over the blocks, accumulate over the stages, and a branch and a shortcut as methods."""

from functools import reduce
from itertools import accumulate

import torch
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(in_features, out_features), nn.Linear(out_features, out_features)
        self.register_module("projection", None if in_features == out_features else nn.Linear(in_features, out_features))

    def forward(self, x):
        parts = [self.linear2(torch.relu(self.linear1(x))), self.projection(x) if self.projection else x]
        return torch.relu(torch.add(*parts))


def run(x, blocks):
    return reduce(lambda value, block: block(value), blocks, x)


class ResidualNet(nn.Module):
    def __init__(self, in_features, stages, depth):
        super().__init__()
        self.stages = nn.ModuleDict()
        for name, width in stages.items():
            first, *others = [ResidualBlock(in_features if i == 0 else width, width) for i in range(depth)]
            self.stages[name] = nn.ModuleList([first, *others])
            in_features = width

    def forward(self, x):
        steps = accumulate(self.stages.values(), run, initial=x)
        next(steps)
        return dict(zip(self.stages, steps))
