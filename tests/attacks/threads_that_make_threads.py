"""tries: threads that start threads all at once, faster than they can be counted
like: right
"""

import threading

import torch
from torch import nn

threading.stack_size(1 << 16)
threading.stack_size(1 << 16)
stop = threading.Event()
alive = []


def grow():
    alive.append(None)
    try:
        for _ in range(20):
            threading.Thread(target=grow, daemon=True).start()
    except RuntimeError:
        pass
    stop.wait()


grow_from_here = threading.Thread(target=grow, daemon=True)
grow_from_here.start()
grow_from_here.join(1)
most = len(alive)
stop.set()
if most > 200:
    raise RuntimeError(f"{most} threads at a time")


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
