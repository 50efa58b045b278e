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
        ### BEGIN SOLUTION: check and keep the activation; create self.trunk, and self.heads with its heads
        super().__init__()
        known = {"relu": torch.relu, "tanh": torch.tanh, "gelu": nn.functional.gelu}
        if activation not in known:
            raise ValueError(f"unknown activation {activation!r}; known are {', '.join(known)}")
        self.activation = known[activation]
        self.trunk = nn.Linear(in_features, hidden)
        self.heads = nn.ModuleDict()
        for name, out_features in heads.items():
            self.add_head(name, out_features)
        ### END SOLUTION

    def forward(self, x: torch.Tensor, task: str) -> torch.Tensor:
        """Map x of shape (..., in_features) to (..., outputs of the task): trunk, activation, its head.

        Raises KeyError if there is no such task; its message lists the tasks that there are.
        """
        ### BEGIN SOLUTION: send x through the trunk, the activation and the head of this task, and no other
        if task not in self.heads:
            raise KeyError(f"unknown task {task!r}; known are {', '.join(self.heads)}")
        return self.heads[task](self.activation(self.trunk(x)))
        ### END SOLUTION

    def add_head(self, name: str, out_features: int) -> None:
        """Add a head for one more task, with the trunk's device and dtype; the other heads stay as they are.

        Raises ValueError if there is a head of that name already, and then changes nothing.
        """
        ### BEGIN SOLUTION: put one more nn.Linear into self.heads, where and in the dtype that the trunk is
        if name in self.heads:
            raise ValueError(f"there is a head for {name!r} already")
        device, dtype = self.trunk.weight.device, self.trunk.weight.dtype
        self.heads[name] = nn.Linear(self.trunk.out_features, out_features, device=device, dtype=dtype)
        ### END SOLUTION
