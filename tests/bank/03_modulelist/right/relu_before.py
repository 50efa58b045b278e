"""A relu before every layer but the first, as a module that has no parameters; weights start in another way."""

from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.activation = nn.ReLU()
        layers = []
        for i in range(1, len(widths)):
            layer = nn.Linear(widths[i - 1], widths[i])
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
            layers.append(layer)
        self.layers = nn.ModuleList(layers)
        self.widths = tuple(widths)

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(self.activation(x) if i else x)
        return x


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.order = [int(i) for i in order]
        self.linears = nn.ModuleList([layer for layer in linears])

    def forward(self, x):
        out = x
        for position in range(len(self.order)):
            layer = self.linears[self.order[position]]
            out = layer(out)
        return out
