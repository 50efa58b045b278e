"""tries: being told, by signals, what others open; and making them wait for it
like: right
"""

import fcntl
import os

import torch
from torch import nn

file = os.open("mine", os.O_CREAT | os.O_RDONLY, 0o600)
folder = os.open(".", os.O_RDONLY)
package = os.open(torch.__file__, os.O_RDONLY)
for descriptor, command, value in (
    (file, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    (package, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    (folder, fcntl.F_NOTIFY, fcntl.DN_CREATE | fcntl.DN_MULTISHOT),
    (package, 1024 + 9, 0),  # F_ADD_SEALS
):
    try:
        fcntl.fcntl(descriptor, command, value)
    except OSError:
        continue
    raise RuntimeError("a lease, a notice or a seal was given")


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x
