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
        raise NotImplementedError(
            "ResidualBlock.__init__: create self.linear1 and self.linear2, and self.projection where the "
            "widths differ"
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map x of shape (..., in_features) to shape (..., out_features).

        x goes through linear1, a relu and linear2. Then x itself, or its projection, is added; then a relu.
        """
        raise NotImplementedError(
            "ResidualBlock.forward: linear1, relu, linear2; add x, projected if need be; relu"
        )


class ResidualNet(nn.Module):
    """Stages of residual blocks, one after the other.

    ``ResidualNet(3, {"early": 8, "late": 16}, depth=2)`` has two stages of two blocks: 3 to 8 and 8 to 8 in
    "early", 8 to 16 and 16 to 16 in "late". ``stages`` maps the name of each stage to its width.

    ``self.stages`` is an nn.ModuleDict: under the name of each stage an nn.ModuleList of ``depth`` blocks.
    """

    def __init__(self, in_features: int, stages: Mapping[str, int], depth: int) -> None:
        raise NotImplementedError(
            "ResidualNet.__init__: for each stage, put a list of depth blocks into self.stages, under its "
            "name"
        )

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Send x through all stages; return what each of them gave, by its name, in the order they ran."""
        raise NotImplementedError(
            "ResidualNet.forward: send x through every block of every stage; note what comes out of each "
            "stage"
        )
