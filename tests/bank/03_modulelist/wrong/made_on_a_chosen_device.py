"""mistake: made-on-a-chosen-device
The layers are made on a device that the file itself chooses. A new model is on the CPU; whoever uses it says where it is to be.
fails: test_mlp_works_wherever_it_is_moved
says: cuda:0
"""
from collections.abc import Sequence

import torch
from torch import nn


DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")

class MLP(nn.Module):

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        for index in range(len(widths) - 1):
            self.layers.append(nn.Linear(widths[index], widths[index + 1], device=DEVICE))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        last = len(self.layers) - 1
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index < last:
                x = torch.relu(x)
        return x


class Reordered(nn.Module):

    def __init__(self, linears: Sequence[nn.Module], order: Sequence[int]) -> None:
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for index in self.order:
            x = self.linears[index](x)
        return x
