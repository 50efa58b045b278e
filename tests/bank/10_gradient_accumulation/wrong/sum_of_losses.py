"""mistake: sum-of-losses
The losses of a window are added without weights, so the value grows with the number of micro-batches.
fails: test_returns_mean_losses
says: is the sum of its micro-batches' losses
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y)
            (loss * len(x) / total).backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(float(mean))
    return losses
