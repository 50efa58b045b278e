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
    """Train on every micro-batch of ``batches`` once; step once for every window of ``accumulate`` of them.

    ``batches`` yields pairs ``(x, y)`` of ``len(x)`` samples each, and can be read only once; its length is
    not known, and its micro-batches differ in size. ``loss_fn(model(x), y)`` is the mean over a micro-batch.
    The last window may have fewer micro-batches. Each step is the step of one large batch with all samples of
    the window. Modes, ``requires_grad`` and learning rates are left as they are, and everything stays on its
    device, from which values are read at most once per step.

    Returns one float per step: the mean loss over all samples of its window; ``[]`` without any micro-batch.
    """
    raise NotImplementedError(
        "train_epoch: add up the gradients of each window, one micro-batch at a time, and step"
    )
