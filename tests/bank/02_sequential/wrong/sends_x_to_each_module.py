"""mistake: x-sent-to-each-module
Every module gets its input on the device of its own parameters, so a row over several GPUs copies without a word what nobody asked it to. Leave tensors
where they are; modules that move them can stand in the row.
fails: test_moves_nothing_between_devices
says: raised nothing and returned a value of type Tensor; expected an Exception
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
        for module in self._modules.values():
            weight = next(module.parameters(), None)
            if weight is not None and isinstance(x, torch.Tensor):
                x = x.to(weight.device, non_blocking=True)
            x = module(x)
        return x

    @property
    def device(self):
        return next((parameter.device for parameter in self.parameters()), torch.device("cpu"))

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
