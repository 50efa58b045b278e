"""mistake: plain-list
weight: whole
The modules stand in a plain Python list, so the container does not know them: state_dict(), parameters() and print leave them out.
source: https://github.com/pytorch/pytorch/issues/715
"""
from collections import OrderedDict

from torch import nn


class Sequential(nn.Module):
    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            modules = modules[0].values()
        self.layers = list(modules)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(*self.layers[index])
        return self.layers[index]

    def append(self, module):
        self.layers.append(module)
        return self

    def __delitem__(self, index):
        del self.layers[index]
