"""mistake: plain-list
The modules stand in a plain Python list, so the container does not know them: state_dict(), parameters() and print leave them out.
source: https://github.com/pytorch/pytorch/issues/715
fails: test_names_its_modules test_prints_like_torchs test_refuses_what_cannot_be_a_name test_refuses_what_is_not_a_module test_runs_its_modules_in_order test_says_when_a_position_is_not_there test_slices
says: the list of names is []
"""
from collections import OrderedDict

from torch import nn


class Sequential(nn.Module):
    def __init__(self, *modules):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            modules = modules[0].values()
        self.layers = list(modules)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(*self.layers[index])
        return self.layers[index]

    def append(self, module):
        self.layers.append(module)
        return self

    def __delitem__(self, index):
        del self.layers[index]
