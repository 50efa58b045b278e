"""mistake: runs-again-for-the-loss
Micro-batches go through the model once more to get their loss. Each goes through once, and the loss that it had before the step is there already.
fails: test_steps_once_per_window
fails: test_runs_one_micro_batch_at_a_time
says: samples had been through the model by then
says: called the model with
"""
from itertools import islice

import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        for x, y in window:
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
        optimizer.step()
        with torch.no_grad():
            means = [loss_fn(model(x), y) * (len(x) / total) for x, y in window]
        losses.append(torch.stack(means).sum().item())
    return losses
