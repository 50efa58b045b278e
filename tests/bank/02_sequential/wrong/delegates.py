"""mistake: sequential-inside
weight: whole
An nn.Sequential inside does the work and the class only hands calls on to it. Keep the modules in your own _modules and call them yourself.
"""

from torch import nn


class Sequential(nn.Module):
    def __init__(self, *modules):
        super().__init__()
        row = nn.Sequential(*modules)
        self.__dict__["row"] = row
        self._modules = row._modules

    def forward(self, x):
        return self.row(x)

    def __len__(self):
        return len(self.row)

    def __iter__(self):
        return iter(self.row)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(*self.row[index])
        return self.row[index]

    def append(self, module):
        self.row.append(module)
        return self

    def __delitem__(self, index):
        del self.row[index]
        self._modules = self.row._modules
