"""mistake: nested-list
A list stands inside the ModuleList. It takes modules only; a list of lists needs a ModuleList for each inner list, too.
source: https://github.com/pytorch/pytorch/issues/715
fails: test_mlp_registers_every_layer test_mlp_keeps_its_layers_in_a_modulelist test_mlp_leaves_things_as_they_were
says: list is not a Module subclass
"""

from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        blocks = [[nn.Linear(a, b), nn.ReLU()] for a, b in zip(widths[:-2], widths[1:-1])]
        blocks.append([nn.Linear(widths[-2], widths[-1])])
        self.layers = nn.ModuleList(blocks)

    def forward(self, x):
        for block in self.layers:
            for step in block:
                x = step(x)
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
