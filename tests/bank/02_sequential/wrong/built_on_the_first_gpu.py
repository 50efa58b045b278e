"""mistake: built-on-the-first-gpu
Building moves the modules to "cuda", the first GPU, where there is one. They belong to the caller, who may have put them somewhere else
and moves the row, if at all, with net.to(...).
source: https://github.com/pykale/pykale/issues/542
fails: test_is_where_its_modules_are test_moves_nothing_between_devices
says: the device of a, after net = Sequential(a, nn.Tanh(), b), is cuda:0; expected cuda:1
"""
from collections import OrderedDict

import torch
from torch import nn


class Sequential(nn.Module):
    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            for name, module in modules[0].items():
                self.add_module(name, module)
        else:
            for index, module in enumerate(modules):
                self.add_module(str(index), module)
        if torch.cuda.is_available():
            self.cuda()

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
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return list(self._modules.values())[index]

    def append(self, module):
        self.add_module(str(len(self)), module)
        return self

    def __delitem__(self, index):
        modules = list(self._modules.values())
        del modules[index]
        self._modules.clear()
        for number, module in enumerate(modules):
            self._modules[str(number)] = module
