"""mistake: device-remembered
The row remembers where its modules were when it was built, and sends x there, although net.to(...) may have moved the modules since. Whoever
calls net(x) has put x beside the first module: leave it there.
source: https://github.com/Lightning-AI/pytorch-lightning/issues/6413
fails: test_runs_its_modules_in_order
says: Model and input had been moved to cuda:1.
says: but got mat1 is on cpu
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
        parameters = list(self.parameters())
        self.device = parameters[0].device if parameters else None

    def forward(self, x):
        if isinstance(x, torch.Tensor):
            x = x.to(self.device)
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
