"""mistake: own-tensor-on-the-first-gpu
A tensor of your own is made on a GPU that you choose, such as "cuda", which is the first one, but the model may be on another; take the device from a loss or from x.
"""
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import nn


DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")

def train_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_fn: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    batches: Iterable[Sequence[torch.Tensor]],
    accumulate: int,
) -> list[float]:

    def step_on(window: list[Sequence[torch.Tensor]]) -> float:
        samples = sum(len(x) for x, _ in window)
        total = torch.zeros((), device=DEVICE)
        optimizer.zero_grad()
        for x, y in window:
            share = loss_fn(model(x), y) * (len(x) / samples)
            share.backward()
            total += share.detach()
        optimizer.step()
        return total.item()  # the only time that the device is waited for

    losses = []
    window: list[Sequence[torch.Tensor]] = []
    for pair in batches:
        window.append(pair)
        if len(window) == accumulate:
            losses.append(step_on(window))
            window = []
    if window:
        losses.append(step_on(window))
    return losses
