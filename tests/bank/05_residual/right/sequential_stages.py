"""A stage is an nn.Sequential, since its blocks do run one after the other; widths come in pairs by zip."""

import torch
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.needs_projection = in_features != out_features
        self.linear1 = nn.Linear(in_features, out_features)
        self.linear2 = nn.Linear(out_features, out_features)
        if self.needs_projection:
            self.projection = nn.Linear(in_features, out_features)

    def forward(self, x):
        identity = x
        out = self.linear1(x).relu()
        out = self.linear2(out)
        if self.needs_projection:
            identity = self.projection(x)
        out += identity
        return torch.relu_(out)


class ResidualNet(nn.Module):
    def __init__(self, in_features, stages, depth):
        super().__init__()
        widths = [in_features, *stages.values()]
        self.stages = nn.ModuleDict(
            {
                name: nn.Sequential(
                    ResidualBlock(before, width), *(ResidualBlock(width, width) for _ in range(depth - 1))
                )
                for name, before, width in zip(stages, widths, widths[1:])
            }
        )

    def forward(self, x):
        return {name: (x := stage(x)) for name, stage in self.stages.items()}
