"""Code that runs on whatever device it is given: a model to mend, nested batches, an evaluation."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


class PositionalMixer(nn.Module):
    """Adds a row of a table to each position, and sums up the real positions, each weighed by ``mix``.

    ``mix`` is a parameter of shape (longest,), and the only one. ``table`` is a constant of shape (longest,
    features) in torch's default dtype, with ``table[t, c] = sin(t / (c + 1))``: a buffer that
    ``state_dict()`` leaves out.
    """

    def __init__(self, features: int, longest: int) -> None:
        super().__init__()
        positions, columns = torch.arange(longest), torch.arange(features)
        table = torch.sin(positions.unsqueeze(1) / (columns + 1))
        # To do: this works on the CPU alone; mend it, so that the constant follows the model
        self.mix = nn.Parameter(torch.ones(longest))
        self.table = table
        self.device = self.mix.device

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Map x of shape (batch, length, features) to shape (batch, features), in its dtype, on its device.

        ``lengths`` of shape (batch,) and dtype int64 says how many positions of each sequence are real; the
        others don't count. 1 <= lengths <= length <= longest.
        """
        length = x.shape[1]
        # To do: this works on the CPU alone; mend it, so that all is made where x is
        real = torch.arange(length) < lengths.unsqueeze(1)
        nothing = torch.zeros(length, device=self.device)
        weights = torch.where(real, self.mix[:length], nothing)
        return (weights.unsqueeze(2) * (x + self.table[:length])).sum(dim=1)


def move_batch(batch: Any, device: torch.device | str) -> Any:
    """What ``batch`` holds, with every tensor in it on ``device``.

    ``batch`` is a tensor, or dicts, lists, tuples and named tuples of such, nested as deep as you like. Each
    container comes back as one of its own type, every other value as it is, and a tensor that is on
    ``device`` already as itself. What was given is not changed.
    """
    raise NotImplementedError(
        "move_batch: move tensors, rebuild containers from what is in them, and return the rest as it is"
    )


def evaluate(
    model: nn.Module, batches: Iterable[tuple[Any, torch.Tensor]], device: torch.device | str
) -> tuple[float, float]:
    """The mean cross-entropy of ``model`` and its accuracy (0 to 1), over all samples of ``batches``.

    ``batches`` yields at least one pair ``(inputs, y)``, on any device, and can be read only once.
    ``model(inputs)`` gives logits of shape (samples, classes), ``y`` of shape (samples,) the right classes.
    The model is on ``device`` and stays there. It runs in eval mode and without gradients; afterwards, also
    after an exception, each of its modules is in the mode that it was in before. The sums are float32 or
    float64, whatever the logits are. How often the host waits for the device does not depend on the number
    of batches.
    """
    raise NotImplementedError(
        "evaluate: move each batch, add up on the device, wait for it at the end, restore every mode"
    )
