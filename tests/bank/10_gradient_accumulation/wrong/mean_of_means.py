"""mistake: mean-of-means
The gradients are right, but the loss that comes back is the mean of the micro-batches' means, in which small ones count too much.
fails: test_returns_mean_losses
says: in which small ones count as much
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
            mean += loss.detach() / len(window)
        optimizer.step()
        losses.append(float(mean))
    return losses
