"""mistake: calls-the-list
The ModuleList itself is called. It has no forward, since it does not know in which order its layers run; loop over it and call each layer.
source: https://github.com/pytorch/pytorch/issues/55459
fails: test_mlp_runs_its_layers_in_order test_mlp_leaves_things_as_they_were
fails: test_mlp_calls_its_layers
says: Module [ModuleList] is missing the required
"""

from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        return self.layers(x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
