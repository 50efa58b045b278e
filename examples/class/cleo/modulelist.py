"""Models whose layers stand in an nn.ModuleList."""

from collections.abc import Sequence

import torch
from torch import nn


class MLP(nn.Module):
    """A multi-layer perceptron of any depth.

    ``widths`` names the sizes from input to output: ``MLP([3, 4, 2])`` has two linear layers, 3 to 4 and
    4 to 2, and a relu between them. A relu stands after every layer but the last.

    ``self.layers`` is an nn.ModuleList with exactly the linear layers, in the order in which they run.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        for index in range(len(widths) - 1):
            self.layers.append(nn.Linear(widths[index], widths[index + 1]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map x of shape (..., widths[0]) to shape (..., widths[-1])."""
        last = len(self.layers) - 1
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index < last:
                x = torch.relu(x)
        return x


class Reordered(nn.Module):
    """Runs the given layers in another order than they stand in.

    ``Reordered([a, b, c], order=[2, 0, 1])(x)`` is ``b(a(c(x)))``. An index may come more than once in
    ``order``, or not at all.

    ``self.linears`` is an nn.ModuleList of the given layers themselves, all of them, in their places.
    """

    def __init__(self, linears: Sequence[nn.Module], order: Sequence[int]) -> None:
        raise NotImplementedError(
            "Reordered.__init__: register the layers as self.linears, as they stand, and remember the order"
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the layers in the order that was asked for."""
        raise NotImplementedError(
            "Reordered.forward: for each index in the order, send x through the layer that stands there"
        )
