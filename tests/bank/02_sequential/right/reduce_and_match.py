"""functools.reduce in forward, structural pattern matching for the arguments; del keeps given names."""
from collections import OrderedDict
from functools import reduce

from torch import nn


class Sequential(nn.Module):
    def __init__(self, *args):
        super().__init__()
        match args:
            case (OrderedDict() as named,):
                pass
            case _:
                named = {str(i): arg for i, arg in enumerate(args)}
        for name in named:
            self.add_module(name, named[name])

    def forward(self, x):
        return reduce(lambda value, module: module(value), self, x)

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
        names = list(self._modules)
        numbered = names == [str(i) for i in range(len(names))]
        modules = self._modules
        modules.pop(names[index])
        if numbered:
            self._modules = OrderedDict(zip(map(str, range(len(modules))), modules.values()))
