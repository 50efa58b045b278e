"""mistake: reads-more-than-once-per-step
More is read from the GPU than one value per step, such as a mean loss that is read to be printed or compared, and read again to be returned. Read it once, and go on with the number.
fails: test_waits_at_most_once_per_step
says: times per step
"""
from itertools import islice

import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        if torch.isfinite(mean):
            optimizer.step()
        losses.append(mean.item())
    return losses
