"""mistake: empties-the-dict
The entries are popped off the OrderedDict that was given, so it is empty afterwards. Go through items() instead.
fails: test_leaves_the_given_dict_alone
says: the OrderedDict `given` has the keys []
"""
from collections import OrderedDict

from torch import nn


class Sequential(nn.Module):
    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            given = modules[0]
            while given:
                self.add_module(*given.popitem(last=False))
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
        name = list(self._modules)[index]
        del self._modules[name]
        self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
