"""mistake: own-loss
The loss is a mean squared error, whatever loss_fn was handed in.
fails: test_equal_micro_batches_make_one_large_batch
fails: test_returns_mean_losses
says: a mean squared error, not what
"""
from itertools import islice

import torch.nn.functional as F


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = F.mse_loss(model(x), y)
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
