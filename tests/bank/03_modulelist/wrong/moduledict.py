"""mistake: moduledict-instead
The layers are in an nn.ModuleDict under the names "0", "1" and so on. A ModuleList makes these names itself, and can be indexed with numbers.
fails: test_mlp_keeps_its_layers_in_a_modulelist
says: is of the class ModuleDict
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleDict({str(i): nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)})

    def forward(self, x):
        for i in range(len(self.layers)):
            if i > 0:
                x = F.relu(x)
            x = self.layers[str(i)](x)
        return x


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
