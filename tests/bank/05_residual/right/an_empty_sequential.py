"""An empty nn.Sequential passes x on; the branch is one more Sequential, made in forward; an OrderedDict comes back."""

from collections import OrderedDict

import torch
from torch import nn


class ResidualBlock(nn.Module):
    """Like torchvision's: the shortcut is a module in any case."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(in_features, out_features, bias=True)
        self.linear2 = nn.Linear(out_features, out_features, bias=True)
        same_width = in_features == out_features
        self.projection = nn.Sequential() if same_width else nn.Linear(in_features, out_features)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        branch = nn.Sequential(self.linear1, nn.ReLU(inplace=True), self.linear2)
        return (branch(x) + self.projection(x)).clamp(min=0)


class ResidualNet(nn.Module):
    def __init__(self, in_features: int, stages: dict[str, int], depth: int) -> None:
        super().__init__()
        self.stages = nn.ModuleDict()
        previous = in_features
        for name, width in stages.items():
            widths = [previous] + [width] * depth
            self.stages[name] = nn.ModuleList(ResidualBlock(a, b) for a, b in zip(widths[:-1], widths[1:]))
            previous = width

    def forward(self, x: torch.Tensor) -> OrderedDict[str, torch.Tensor]:
        features = OrderedDict()
        for name, blocks in self.stages.items():
            for i in range(len(blocks)):
                x = blocks[i](x)
            features[name] = x
        return features
