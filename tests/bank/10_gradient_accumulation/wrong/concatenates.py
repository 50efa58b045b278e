"""mistake: concatenates
The micro-batches are joined into the large batch that was not to fit into memory: the steps are right, and nothing is gained.
fails: test_every_sample_counts_the_same
fails: test_runs_one_micro_batch_at_a_time
says: called the model with [6, 9] samples
"""
from itertools import islice

import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        x = torch.cat([x for x, _ in window])
        y = torch.cat([y for _, y in window])
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
