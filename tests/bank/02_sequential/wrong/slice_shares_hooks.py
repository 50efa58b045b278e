"""mistake: slice-shares-hooks
The part is a shallow copy of net, with modules of its own but with net's dicts for everything else. So a hook on the part is one on net as well.
Make a new container.
fails: test_slices
says: a hook on net[:] ran
"""
import copy
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

    def forward(self, x):
        for module in self._modules.values():
            x = module(x)
        return x

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __getitem__(self, index):
        items = list(self._modules.items())
        if isinstance(index, slice):
            part = copy.copy(self)
            part._modules = dict(items[index])
            return part
        return items[index][1]

    def append(self, module):
        self.add_module(str(len(self)), module)
        return self

    def __delitem__(self, index):
        size = len(self)
        if not -size <= index < size:
            raise IndexError("module index out of range")
        names = list(self._modules)
        for i in range(index % size, size - 1):
            self._modules[names[i]] = self._modules[names[i + 1]]
        del self._modules[names[-1]]
