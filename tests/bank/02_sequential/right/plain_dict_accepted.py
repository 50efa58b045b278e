"""Takes a plain dict as well, and more indices than asked for: del with slices, names as indices."""
import operator
from collections.abc import Mapping

from torch import nn


class Sequential(nn.Module):
    def __init__(self, *args):
        super().__init__()
        if len(args) == 1 and isinstance(args[0], Mapping):
            named = dict(args[0])
        else:
            named = dict(zip(map(str, range(len(args))), args))
        for name, module in named.items():
            if not isinstance(module, nn.Module):
                raise TypeError(f"{name}: expected a Module, got {module!r}")
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
        if isinstance(index, str):
            return self._modules[index]
        names = list(self._modules)
        if isinstance(index, slice):
            return type(self)({name: self._modules[name] for name in names[index]})
        return self._modules[names[operator.index(index)]]

    def append(self, module):
        self.add_module(str(len(self)), module)
        return self

    def __delitem__(self, index):
        names = list(self._modules)
        gone = names[index] if isinstance(index, slice) else [names[index]]
        for name in gone:
            delattr(self, name)
        self._modules = {str(i): self._modules[n] for i, n in enumerate(self._modules)}
