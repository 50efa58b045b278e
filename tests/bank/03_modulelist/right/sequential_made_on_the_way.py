"""An nn.Sequential is put together in forward out of the registered layers, so that nothing is registered twice."""

from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])

    def forward(self, x):
        steps = []
        for layer in self.layers:
            steps += [layer, nn.ReLU()]
        return nn.Sequential(*steps[:-1])(x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.schedule = {step: index for step, index in enumerate(order)}

    def forward(self, x):
        return nn.Sequential(*(self.linears[i] for i in self.schedule.values()))(x)
