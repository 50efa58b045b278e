"""mistake: clock-in-forward
forward waits for the GPU after every module, to see how long each takes. So no two of them ever overlap, and every call is slower for it. A
profiler, or hooks that somebody attaches for the time of a measurement, can do that from outside.
fails: test_moves_nothing_between_devices
says: waited for the GPU
"""
import time
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
        self.seconds = []
        for module in self._modules.values():
            start = time.perf_counter()
            x = module(x)
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            self.seconds.append(time.perf_counter() - start)
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
