"""mistake: list-beside-modules
The modules are registered, but a list beside _modules is what runs, and what loops and positions give. As soon as somebody replaces or adds a module, the two disagree. Keep only _modules.
fails: test_keeps_modules_in_one_place
says: list(net), as positions in [a, b, c, d], is [0, 1]
"""
from collections import OrderedDict

from torch import nn


class Sequential(nn.Module):
    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            for name, module in modules[0].items():
                self.add_module(name, module)
        else:
            for i, module in enumerate(modules):
                self.add_module(str(i), module)
        self.row = list(self._modules.values())

    def forward(self, x):
        for module in self.row:
            x = module(x)
        return x

    def __len__(self):
        return len(self.row)

    def __iter__(self):
        return iter(self.row)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return self.row[index]

    def append(self, module):
        self.add_module(str(len(self.row)), module)
        self.row.append(module)
        return self

    def __delitem__(self, index):
        del self.row[index]
        self._modules.clear()
        for i, module in enumerate(self.row):
            self.add_module(str(i), module)
