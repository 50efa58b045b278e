"""An intermediate class of its own for the storage, and one for the row; generators; other names."""
from collections import OrderedDict
from itertools import chain, islice

from torch import nn


class Store(nn.Module):
    """Named modules in order."""

    def fill_with(self, pairs):
        for key, thing in pairs:
            self.register_module(key, thing)

    def __len__(self):
        return sum(1 for _ in self._modules)

    def __iter__(self):
        yield from self._modules.values()

    def _key(self, where):
        size = len(self)
        if where < -size or where >= size:
            raise IndexError(f"there is no module at position {where}")
        return next(islice(self._modules, where % size, None))


class Sequential(Store):
    def __init__(self, *what):
        super().__init__()
        if len(what) == 1 and isinstance(what[0], OrderedDict):
            self.fill_with(what[0].items())
        else:
            self.fill_with((f"{n}", thing) for n, thing in enumerate(what))

    def forward(self, signal):
        for step in self:
            signal = step(signal)
        return signal

    def __getitem__(self, where):
        if not isinstance(where, slice):
            return self._modules[self._key(where)]
        keys = list(self._modules)[where]
        part = type(self)()
        part.fill_with((key, self._modules[key]) for key in keys)
        return part

    def append(self, thing):
        self.fill_with([(str(len(self)), thing)])
        return self

    def __delitem__(self, where):
        gone = self._key(where)
        rest = [thing for key, thing in self._modules.items() if key != gone]
        self._modules.clear()
        self.fill_with((str(n), thing) for n, thing in enumerate(rest))
