"""Properties of its own, with names that somebody might also give to a module: head, body and tail."""
from collections import OrderedDict

from torch import nn


class Sequential(nn.Module):
    def __init__(self, *modules):
        super().__init__()
        named = modules[0] if len(modules) == 1 and isinstance(modules[0], OrderedDict) else None
        for name, module in named.items() if named is not None else enumerate(modules):
            self.add_module(str(name) if named is None else name, module)

    @property
    def row(self):
        return list(self._modules.values())

    @property
    def head(self):
        return self.row[0]

    @property
    def body(self):
        return self.row[1:-1]

    @property
    def tail(self):
        return self.row[-1]

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
        self.add_module(str(len(self)), module)
        return self

    def __delitem__(self, index):
        del self._modules[list(self._modules)[index]]
        rest = self.row
        self._modules.clear()
        self._modules.update((str(number), module) for number, module in enumerate(rest))
