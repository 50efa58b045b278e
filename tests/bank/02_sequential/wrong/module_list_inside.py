"""mistake: module-list-inside
weight: whole
The modules stand in an nn.ModuleList, which is a container of torch already, and one that adds its own name to theirs ("layers.0.weight"). Put them into your own _modules with add_module.
"""
from collections import OrderedDict

from torch import nn


class Sequential(nn.Module):
    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            modules = modules[0].values()
        self.layers = nn.ModuleList(modules)

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
            return Sequential(*self.layers[index])
        return self.layers[index]

    def append(self, module):
        self.layers.append(module)
        return self

    def __delitem__(self, index):
        del self.layers[index]
