"""A stage is a subclass of nn.ModuleList with a forward; the block keeps its two widths and asks them."""

import torch
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.linear1 = nn.Linear(in_features, out_features)
        self.relu = nn.ReLU()
        self.linear2 = nn.Linear(out_features, out_features)
        if in_features != out_features:
            self.add_module("projection", nn.Linear(in_features, out_features))

    def shortcut(self, x):
        return x if self.in_features == self.out_features else self.projection(x)

    def forward(self, x):
        return self.relu(self.shortcut(x) + self.linear2(self.relu(self.linear1(x))))


class Stage(nn.ModuleList):
    def forward(self, x):
        for block in self:
            x = block(x)
        return x


class ResidualNet(nn.Module):
    def __init__(self, in_features, stages, depth):
        super().__init__()
        self.stages = nn.ModuleDict()
        for name in stages:
            width = stages[name]
            self.stages[name] = Stage([ResidualBlock(in_features, width)])
            self.stages[name].extend([ResidualBlock(width, width) for _ in range(1, depth)])
            in_features = width

    def forward(self, x):
        outputs = {}
        for name in self.stages:
            x = outputs[name] = self.stages[name](x)
        return outputs
