"""mistake: empties-the-batches
The micro-batches are taken out of the caller's list, which is empty afterwards: the next epoch finds nothing.
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        if isinstance(batches, list):
            del batches[: len(window)]
            it = iter(batches)
        for x, y in window:
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
