"""mistake: one-device-for-all
Every module gets its input on one and the same device, such as that of the row's first parameter. Modules may be on different
GPUs: each takes what the one before it returned, as it is.
fails: test_moves_nothing_between_devices
says: Expected all tensors to be on the same device
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
        first = next(self.parameters(), None)
        for module in self._modules.values():
            if first is not None and isinstance(x, torch.Tensor):
                x = x.to(first.device)
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
