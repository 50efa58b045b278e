"""Training with gradient accumulation: many small backward passes, then one step of the optimizer."""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import nn


def train_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_fn: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    batches: Iterable[Sequence[torch.Tensor]],
    accumulate: int,
) -> list[float]:
    """Train on every micro-batch of ``batches`` once, in order; step once for each window of ``accumulate``.

    ``batches`` gives pairs ``(x, y)`` of ``len(x)`` samples each. It may be a generator, to be read once.
    ``loss_fn(model(x), y)`` is the mean over a micro-batch. The last window may have fewer micro-batches.
    Each step is the step of one large batch with all samples of its window, but micro-batches go forward and
    backward one at a time. Numbers are read from the device at most once per step.

    Returns one float per step: the mean loss over all samples of its window. Without micro-batches: ``[]``.
    """
    raise NotImplementedError(
        "train_epoch: add up the gradients of each window, one micro-batch at a time, and step"
    )
