"""Takes a window at a time; the loss stays as it is, and its share is taken in backward and in the mean."""
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
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
