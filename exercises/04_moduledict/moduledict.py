"""One model for several tasks: a shared trunk, and a head for each task in an nn.ModuleDict."""

from collections.abc import Mapping

import torch
from torch import nn


class MultiTaskNet(nn.Module):
    """A shared trunk with one head for each task.

    ``MultiTaskNet(8, 16, {"digit": 10, "parity": 2}, "relu")`` has ``self.trunk``, one nn.Linear from
    ``in_features`` to ``hidden``, and ``self.heads``, an nn.ModuleDict with one nn.Linear from ``hidden``
    to the number of outputs for each task, in the order of the mapping. There are no other parameters, and
    nothing else is in the state_dict. ``activation`` is "relu", "tanh" or "gelu" (the exact gelu); any other
    name is a ValueError whose message lists these three.
    """

    def __init__(self, in_features: int, hidden: int, heads: Mapping[str, int], activation: str) -> None:
        raise NotImplementedError(
            "MultiTaskNet.__init__: check and keep the activation; create self.trunk, and self.heads with its"
            " heads"
        )

    def forward(self, x: torch.Tensor, task: str) -> torch.Tensor:
        """Map x of shape (..., in_features) to (..., outputs of the task): trunk, activation, its head.

        Raises KeyError if there is no such task; its message lists the tasks that there are.
        """
        raise NotImplementedError(
            "MultiTaskNet.forward: send x through the trunk, the activation and the head of this task, and no"
            " other"
        )

    def add_head(self, name: str, out_features: int) -> None:
        """Add a head for one more task, with the trunk's device and dtype; the other heads stay as they are.

        Raises ValueError if there is a head of that name already, and then changes nothing.
        """
        raise NotImplementedError(
            "MultiTaskNet.add_head: put one more nn.Linear into self.heads, where and in the dtype that the "
            "trunk is"
        )
