"""Code that runs on whatever device it is given: a model with constants, nested batches, an evaluation."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


class PositionalMixer(nn.Module):
    """Adds a row of a table to each position, then replaces each by a learned mean of it and those before.

    ``mix`` is a parameter of shape (longest, longest), and the only one. Two constants are buffers that
    ``state_dict()`` leaves out: ``table`` of shape (longest, features) and torch's default dtype, with
    ``table[t, c] = sin(t / (c + 1))``, and ``mask`` of shape (longest, longest) and dtype bool, with
    ``mask[t, s]`` True where ``s <= t``.
    """

    def __init__(self, features: int, longest: int) -> None:
        ### BEGIN SOLUTION: make the parameter mix, and register the constants table and mask
        super().__init__()
        rows, columns = torch.arange(longest), torch.arange(features)
        table = torch.sin(rows.unsqueeze(1) / (columns + 1))
        mask = torch.ones(longest, longest, dtype=torch.bool).tril()
        self.mix = nn.Parameter(torch.zeros(longest, longest))
        self.register_buffer("table", table, persistent=False)
        self.register_buffer("mask", mask, persistent=False)
        ### END SOLUTION

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Map x of shape (batch, length, features) to the same shape, dtype and device.

        ``lengths`` of shape (batch,) and dtype int64 says how many positions of each sequence are real; the
        others come out as zeros. 1 <= lengths <= length <= longest.
        """
        ### BEGIN SOLUTION: add the table, take the masked mean, and put zeros where nothing is real
        length = x.shape[1]
        scores = self.mix[:length, :length].masked_fill(~self.mask[:length, :length], float("-inf"))
        y = scores.softmax(dim=-1) @ (x + self.table[:length])
        real = torch.arange(length, device=x.device) < lengths.unsqueeze(1)
        return y.masked_fill(~real.unsqueeze(2), 0)
        ### END SOLUTION


def move_batch(batch: Any, device: torch.device | str) -> Any:
    """What ``batch`` holds, with every tensor in it on ``device``.

    ``batch`` is a tensor, or dicts, lists, tuples and named tuples of such, nested as deep as you like. Each
    container comes back as one of its own type, every other value as it is, and a tensor that is on
    ``device`` already as itself. What was given is not changed.
    """
    ### BEGIN SOLUTION: move tensors, rebuild containers from what is in them, and return the rest as it is
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: move_batch(value, device) for key, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(move_batch(value, device) for value in batch))
    if isinstance(batch, (list, tuple)):
        return type(batch)(move_batch(value, device) for value in batch)
    return batch
    ### END SOLUTION


def evaluate(
    model: nn.Module, batches: Iterable[tuple[Any, torch.Tensor]], device: torch.device | str
) -> tuple[float, float]:
    """The mean cross-entropy of ``model`` and its accuracy (0 to 1), over all samples of ``batches``.

    ``batches`` yields at least one pair ``(inputs, y)``, on any device, and can be read only once.
    ``model(inputs)`` gives logits of shape (samples, classes), ``y`` of shape (samples,) the right classes.
    The model is on ``device`` and stays there. It runs in eval mode and without gradients; afterwards, also
    after an exception, each of its modules is in the mode that it was in before. How often the host waits
    for the device does not depend on the number of batches.
    """
    ### BEGIN SOLUTION: move each batch, add up on the device, wait for it at the end, restore every mode
    modes = [(module, module.training) for module in model.modules()]
    loss = correct = torch.zeros((), device=device)
    samples = 0
    model.eval()
    try:
        with torch.no_grad():
            for batch in batches:
                inputs, y = move_batch(batch, device)
                logits = model(inputs)
                loss = loss + F.cross_entropy(logits, y, reduction="sum")
                correct = correct + (logits.argmax(dim=1) == y).sum()
                samples += len(y)
    finally:
        for module, training in modes:
            module.training = training
    return loss.item() / samples, correct.item() / samples
    ### END SOLUTION
