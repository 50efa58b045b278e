"""mistake: reads-before-it-is-there
A copy with non_blocking=True is still on its way when it is added to the total, so the total may hold anything; add on the device instead, and copy once per step.
source: https://github.com/pytorch/pytorch/issues/86264
fails: test_waits_at_most_once_per_step
says: copied something from the GPU to the CPU 12 times
"""
from itertools import islice

import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = torch.zeros((), dtype=torch.float64)
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            mean += loss.detach().to("cpu", non_blocking=True)
        optimizer.step()
        losses.append(mean.item())
    return losses
