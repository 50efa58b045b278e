"""mistake: del-forgets-backward-hooks
del calls __init__ again and puts back the mode and the forward hooks, but there is more that a Module remembers, such as backward hooks. Change
_modules and leave the rest alone.
fails: test_deletes
says: a backward hook on net ran
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
            for i, module in enumerate(modules):
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
        self.add_module(str(len(self)), module)
        return self

    def __delitem__(self, index):
        rest = list(self)
        del rest[index]
        hooks, training = self._forward_hooks, self.training
        self.__init__(*rest)
        self._forward_hooks = hooks
        self.training = training
