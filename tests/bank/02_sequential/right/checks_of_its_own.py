"""Checks values and names itself and writes into _modules; forward is recursive; a slice is made with __new__."""
from collections import OrderedDict

from torch import nn


class Sequential(nn.Module):
    def __init__(self, *modules):
        nn.Module.__init__(self)
        if len(modules) == 1 and type(modules[0]) is OrderedDict:
            pairs = list(modules[0].items())
        else:
            pairs = [(str(i), module) for i, module in enumerate(modules)]
        for name, module in pairs:
            self._put(name, module)

    def _put(self, name, module):
        if not isinstance(module, nn.Module):
            raise TypeError(f"a Module is needed, not {module!r}; is a star missing, or are there no ()?")
        if not name or "." in name or hasattr(self, name):
            raise KeyError(f"{name!r} can't be the name of a module")
        self._modules[name] = module

    def forward(self, x, /):
        def through(modules, x):
            return through(modules[1:], modules[0](x)) if modules else x

        return through(tuple(self._modules.values()), x)

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __getitem__(self, index):
        names = list(self._modules)
        if not isinstance(index, slice):
            return getattr(self, names[index])
        part = type(self).__new__(type(self))
        nn.Module.__init__(part)
        for name in names[index]:
            part._put(name, self._modules[name])
        return part

    def append(self, module):
        self._put(str(len(self)), module)
        return self

    def __delitem__(self, index):
        name = list(self._modules)[index]
        del self._modules[name]
        self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
