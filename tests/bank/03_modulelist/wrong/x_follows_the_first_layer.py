"""mistake: x-to-the-first-layer
x is sent to the device of the model's first parameter before each layer, although the layers may be on several GPUs. What a layer returns is what the next one
takes, as it is.
fails: test_reordered_moves_nothing_between_devices
says: Expected all tensors to be on the same device
says: in forward:  x = self.linears[i](x.to(device))
"""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        device = next((p.device for p in self.parameters()), x.device)
        for i in self.order:
            x = self.linears[i](x.to(device))
        return x
