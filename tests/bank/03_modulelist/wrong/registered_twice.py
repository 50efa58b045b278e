"""mistake: registered-twice
The same layers are registered a second time, in a Sequential beside the list. The parameters are right, but state_dict() has every weight under two names.
fails: test_mlp_saves_every_layer_once test_mlp_runs_a_layer_that_was_replaced
says: .state_dict() has more entries than it should: net.0.weight
"""

from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])
        steps = []
        for layer in self.layers:
            steps += [layer, nn.ReLU()]
        self.net = nn.Sequential(*steps[:-1])

    def forward(self, x):
        return self.net(x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = order

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
