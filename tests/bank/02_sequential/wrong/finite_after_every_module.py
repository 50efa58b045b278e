"""mistake: numbers-looked-at
forward looks at the numbers that pass through, to see whether they are finite. The GPU's work has to be waited for to know that, after every module
and in every call.
source: https://github.com/whittle-org/whittle/issues/306
fails: test_moves_nothing_between_devices
says: copied from the GPU to the CPU
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

    def forward(self, x):
        for name, module in self._modules.items():
            x = module(x)
            if isinstance(x, torch.Tensor) and not torch.isfinite(x).all():
                raise FloatingPointError(f"module {name} returned numbers that are not finite")
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
