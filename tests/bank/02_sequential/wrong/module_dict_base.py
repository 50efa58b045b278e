"""mistake: inherits-from-moduledict
The class inherits from torch.nn.ModuleDict, which does most of the work. Start from nn.Module: it has add_module and _modules already.
fails: test_is_written_by_hand
says: inherits from torch.nn.ModuleDict
"""
from collections import OrderedDict

from torch import nn


class Sequential(nn.ModuleDict):
    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            self.update(modules[0])
        else:
            self.update({str(i): module for i, module in enumerate(modules)})

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
