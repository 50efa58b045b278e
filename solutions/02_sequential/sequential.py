"""A Sequential of one's own: modules in a row, called one after the other."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from torch import nn


class Sequential(nn.Module):
    """Modules in a row: the output of each is the input of the next.

    ``Sequential(a, b, c)`` names the modules "0", "1" and "2"; ``Sequential(OrderedDict(...))``, with one
    OrderedDict and nothing else, takes names and modules from there. All of them stand in ``self._modules``,
    and nowhere else. Nothing of torch.nn.Sequential, ModuleList or ModuleDict is used.
    """

    def __init__(self, *modules: nn.Module | OrderedDict[str, nn.Module]) -> None:
        """Take modules, or one OrderedDict of names and modules; a TypeError for what is not a Module."""
        ### BEGIN SOLUTION: register every module under its name, in the order given
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            named = list(modules[0].items())
        else:
            named = [(str(index), module) for index, module in enumerate(modules)]
        for name, module in named:
            self.add_module(name, module)
        ### END SOLUTION

    def forward(self, x: Any) -> Any:
        """Send x through all modules; without any, return x itself."""
        ### BEGIN SOLUTION: call the modules in order, each on what the one before it returned
        for module in self._modules.values():
            x = module(x)
        return x
        ### END SOLUTION

    def __len__(self) -> int:
        """Count the modules; one that stands in two places counts twice."""
        ### BEGIN SOLUTION: say how many modules stand in the row
        return len(self._modules)
        ### END SOLUTION

    def __iter__(self) -> Iterator[nn.Module]:
        """Go through the modules in order; one that stands in two places comes twice."""
        ### BEGIN SOLUTION: give the modules themselves, not their names
        return iter(self._modules.values())
        ### END SOLUTION

    def __getitem__(self, index: int | slice) -> nn.Module:
        """Return the module at a position, or for a slice a container of the same class with that part.

        Positions count as in a list, from the end if negative; IndexError where there is none. The part holds
        the same modules under the same names, and ``self`` stays as it is.
        """
        ### BEGIN SOLUTION: tell an int from a slice, and find the module or modules that stand there
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return list(self._modules.values())[index]
        ### END SOLUTION

    def append(self, module: nn.Module) -> "Sequential":
        """Add a module at the end, named by the number of modules before it, and return ``self``."""
        ### BEGIN SOLUTION: register the module under the next number
        self.add_module(str(len(self)), module)
        return self
        ### END SOLUTION

    def __delitem__(self, index: int) -> None:
        """Take out the module at a position, counted as in a list; IndexError where there is none.

        Where the names are "0", "1", "2" and so on, those that are left are numbered anew from "0".
        """
        ### BEGIN SOLUTION: take out the module that stands there, then number the rest anew
        names = list(self._modules)
        del self._modules[names[index]]
        rest = list(self._modules.values())
        self._modules.clear()
        for number, module in enumerate(rest):
            self._modules[str(number)] = module
        ### END SOLUTION
