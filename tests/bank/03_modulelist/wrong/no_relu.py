"""mistake: no-relu
No relu stands between the layers, so that together they are one linear map, however many there are.
fails: test_mlp_runs_its_layers_in_order
says: MLP((3, 6, 2))(x)
says: layers[1] was given just what layers[0] put out
"""

from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
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
