"""mistake: del-out-of-range-ignored
A position that is not there is ignored by del. A wrong position is most often a bug, so it should be an IndexError.
fails: test_says_when_a_position_is_not_there
says: del Sequential(a, b, c)[3] raised nothing
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
        if index < 0:
            index += len(self)
        rest = [module for i, module in enumerate(self) if i != index]
        self._modules.clear()
        for i, module in enumerate(rest):
            self.add_module(str(i), module)
