"""Checks what it is given, and raises where the lesson does not ask for anything; typed, with keyword arguments."""

from collections.abc import Sequence
import torch
from torch import nn


class MLP(nn.Module):
    layers: nn.ModuleList

    def __init__(self, widths: Sequence[int], *, bias: bool = True) -> None:
        super().__init__()
        if len(widths) < 2:
            raise ValueError(f"an MLP needs at least two widths, got {widths}")
        self.layers = nn.ModuleList(
            nn.Linear(in_features=before, out_features=after, bias=bias)
            for before, after in zip(widths[:-1], widths[1:], strict=True)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[-1] != self.layers[0].in_features:
            raise ValueError(f"expected the last dimension to be {self.layers[0].in_features}")
        for layer in self.layers:
            x = layer(x)
            if layer is not self.layers[-1]:
                x = torch.maximum(x, x.new_zeros(()))
        return x


class Reordered(nn.Module):
    def __init__(self, linears: Sequence[nn.Module], order: Sequence[int]) -> None:
        super().__init__()
        for index in order:
            if not 0 <= index < len(linears):
                raise IndexError(f"there is no layer {index} among {len(linears)}")
        self.linears = nn.ModuleList(linears)
        self._order = tuple(order)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for index in self._order:
            x = self.linears[index](x)
        return x
