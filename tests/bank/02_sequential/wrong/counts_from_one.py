"""mistake: counts-from-one
The names begin with "1". Torch counts from "0", so no state_dict would fit.
fails: test_appends test_deletes test_keeps_modules_in_one_place test_names_its_modules test_prints_like_torchs test_slices
says: ['1', '2', '3']
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
            for i, module in enumerate(modules, 1):
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
        self.add_module(str(len(self) + 1), module)
        return self

    def __delitem__(self, index):
        name = list(self._modules)[index]
        del self._modules[name]
        self._modules = {str(i): m for i, m in enumerate(self._modules.values(), 1)}
