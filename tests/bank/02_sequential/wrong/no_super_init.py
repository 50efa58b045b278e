"""mistake: no-super-init
super().__init__() is missing, so there is no _modules yet that add_module could use.
fails: test_is_written_by_hand
says: object has no attribute
"""
from collections import OrderedDict

from torch import nn


class Sequential(nn.Module):
    def __init__(self, *modules):
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            items = modules[0].items()
        else:
            items = ((str(i), module) for i, module in enumerate(modules))
        for name, module in items:
            self.add_module(name, module)

    def forward(self, x):
        for module in self._modules.values():
            x = module(x)
        return x

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __getitem__(self, index):
        if isinstance(index, slice):
            return self.__class__(OrderedDict(list(self._modules.items())[index]))
        return list(self._modules.values())[index]

    def append(self, module):
        self.add_module(str(len(self)), module)
        return self

    def __delitem__(self, index):
        name = list(self._modules)[index]
        del self._modules[name]
        self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
