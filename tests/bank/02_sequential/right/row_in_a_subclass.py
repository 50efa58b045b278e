"""Sequential only inherits, from a class of the file with another name; the row is a property."""
from collections import OrderedDict

from torch import nn


class Row(nn.Module):
    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            for name, module in modules[0].items():
                self.add_module(name, module)
        else:
            for i, module in enumerate(modules):
                self.add_module(str(i), module)

    @property
    def row(self):
        return tuple(self._modules.values())

    def forward(self, value):
        for module in self.row:
            value = module(value)
        return value

    def __len__(self):
        return len(self.row)

    def __iter__(self):
        for module in self.row:
            yield module

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


class Sequential(Row):
    """Modules in a row."""
