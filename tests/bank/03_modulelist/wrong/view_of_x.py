"""mistake: view-of-x
x is flattened with view, which raises an error where the numbers lie in memory in another order, as after transpose. reshape copies them where it has to; and
nn.Linear takes x as it is.
fails: test_mlp_runs_its_layers_in_order
says: with a transposed x of shape (4, 1, 5, 2)
says: view size is not compatible
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])

    def forward(self, x):
        shape = x.shape[:-1]
        x = x.view(-1, x.shape[-1])
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x).view(*shape, -1)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
