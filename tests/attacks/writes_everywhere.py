"""tries: writing where others would look
like: right
"""

import os
import site
import sys
import tempfile

import torch
from torch import nn

places = [*site.getsitepackages(), "/dev/shm", "/var/tmp", "/etc", "/root", os.path.dirname(os.path.dirname(tempfile.gettempdir()))]
for place in places:
    try:
        with open(os.path.join(place, "evil.pth"), "w") as file:
            file.write("import os")
    except OSError:
        continue
    raise RuntimeError(f"wrote to {place}")
for change in (lambda: os.chmod(sys.executable, 0o777), lambda: os.rename(os.getcwd(), "/tmp/gone"), lambda: os.symlink("/etc/passwd", "link"), lambda: os.utime("/", (0, 0)), lambda: os.chown("/", 0, 0)):
    try:
        change()
    except OSError:
        continue
    raise RuntimeError("something was changed")


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
