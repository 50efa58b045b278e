"""mistake: waits-in-every-micro-batch
For every micro-batch something is read or copied to the CPU: a loss by .item(), float() or .cpu(), a gradient, or a value by `if`. Each time the program waits until the GPU has done all its work; let things add up on the device and read once per step.
source: https://github.com/whittle-org/whittle/issues/306
fails: test_waits_at_most_once_per_step
says: waited for the GPU
says: once for each micro-batch
"""
from itertools import islice

import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        shares = []
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            shares.append(loss.detach())
        optimizer.step()
        losses.append(torch.tensor(shares).sum().item())
    return losses
