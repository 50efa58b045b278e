"""A residual block, and a network of many of them whose features come back by name."""

from collections.abc import Mapping

import torch
from torch import nn


class ResidualBlock(nn.Module):
    """Two linear layers with a shortcut around them.

    ``self.linear1`` is an nn.Linear from ``in_features`` to ``out_features``, ``self.linear2`` one from
    ``out_features`` to ``out_features``. Only where the two numbers differ, there is a third one,
    ``self.projection``, from ``in_features`` to ``out_features``, which brings x to the width of the sum.
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        ### BEGIN SOLUTION: create self.linear1 and self.linear2, and self.projection where the widths differ
        super().__init__()
        self.linear1 = nn.Linear(in_features, out_features)
        self.linear2 = nn.Linear(out_features, out_features)
        self.projection = nn.Linear(in_features, out_features) if in_features != out_features else None
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map x of shape (..., in_features) to shape (..., out_features).

        x goes through linear1, a relu and linear2. Then x itself, or its projection, is added; then a relu.
        """
        ### BEGIN SOLUTION: linear1, relu, linear2; add x, projected if need be; relu
        shortcut = x if self.projection is None else self.projection(x)
        h = torch.relu(self.linear1(x))
        return torch.relu(self.linear2(h) + shortcut)
        ### END SOLUTION


class ResidualNet(nn.Module):
    """Stages of residual blocks, one after the other.

    ``ResidualNet(3, {"early": 8, "late": 16}, depth=2)`` has two stages of two blocks: 3 to 8 and 8 to 8 in
    "early", 8 to 16 and 16 to 16 in "late". ``stages`` maps the name of each stage to its width.

    ``self.stages`` is an nn.ModuleDict: under the name of each stage an nn.ModuleList of ``depth`` blocks.
    """

    def __init__(self, in_features: int, stages: Mapping[str, int], depth: int) -> None:
        ### BEGIN SOLUTION: for each stage, put a list of depth blocks into self.stages, under its name
        super().__init__()
        self.stages = nn.ModuleDict()
        width = in_features
        for name, out_features in stages.items():
            blocks = nn.ModuleList()
            for _ in range(depth):
                blocks.append(ResidualBlock(width, out_features))
                width = out_features
            self.stages[name] = blocks
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Send x through all stages; return what each of them gave, by its name, in the order they ran."""
        ### BEGIN SOLUTION: send x through every block of every stage; note what comes out of each stage
        features = {}
        for name, blocks in self.stages.items():
            for block in blocks:
                x = block(x)
            features[name] = x
        return features
        ### END SOLUTION
