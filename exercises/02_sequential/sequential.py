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
        raise NotImplementedError(
            "Sequential.__init__: register every module under its name, in the order given"
        )

    def forward(self, x: Any) -> Any:
        """Send x through all modules; without any, return x itself."""
        raise NotImplementedError(
            "Sequential.forward: call the modules in order, each on what the one before it returned"
        )

    def __len__(self) -> int:
        """Count the modules; one that stands in two places counts twice."""
        raise NotImplementedError("Sequential.__len__: say how many modules stand in the row")

    def __iter__(self) -> Iterator[nn.Module]:
        """Go through the modules in order; one that stands in two places comes twice."""
        raise NotImplementedError("Sequential.__iter__: give the modules themselves, not their names")

    def __getitem__(self, index: int | slice) -> nn.Module:
        """Return the module at a position, or for a slice a container of the same class with that part.

        Positions count as in a list, from the end if negative; IndexError where there is none. The part holds
        the same modules under the same names, and ``self`` stays as it is.
        """
        raise NotImplementedError(
            "Sequential.__getitem__: tell an int from a slice, and find the module or modules that stand "
            "there"
        )

    def append(self, module: nn.Module) -> "Sequential":
        """Add a module at the end, named by the number of modules before it, and return ``self``."""
        raise NotImplementedError("Sequential.append: register the module under the next number")

    def __delitem__(self, index: int) -> None:
        """Take out the module at a position, counted as in a list; IndexError where there is none.

        Where the names are "0", "1", "2" and so on, those that are left are numbered anew from "0".
        """
        raise NotImplementedError(
            "Sequential.__delitem__: take out the module that stands there, then number the rest anew"
        )
