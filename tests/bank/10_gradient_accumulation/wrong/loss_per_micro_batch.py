"""mistake: loss-per-micro-batch
The list has a loss for every micro-batch; one per step was asked for.
fails: test_returns_a_list_of_floats
fails: test_returns_mean_losses
says: returned a list of 3 values
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        for x, y in window:
            loss = loss_fn(model(x), y)
            (loss * len(x) / total).backward()
            losses.append(loss.item())
        optimizer.step()
    return losses
