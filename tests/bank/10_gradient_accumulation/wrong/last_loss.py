"""mistake: last-loss
What comes back is the loss of the window's last micro-batch, not the mean over the window.
fails: test_returns_mean_losses
says: is the loss of its last micro-batch
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
            mean = loss.detach()
        optimizer.step()
        losses.append(float(mean))
    return losses
