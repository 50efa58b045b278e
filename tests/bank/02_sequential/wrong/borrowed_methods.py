"""mistake: borrowed-methods
weight: whole
The methods are taken over from torch.nn.Sequential's class. They work on any Module that has _modules, but they are not yours.
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

    forward = nn.Sequential.forward

    __len__ = nn.Sequential.__len__

    __iter__ = nn.Sequential.__iter__

    __getitem__ = nn.Sequential.__getitem__
    _get_item_by_idx = nn.Sequential._get_item_by_idx

    append = nn.Sequential.append

    __delitem__ = nn.Sequential.__delitem__
