"""Sums over the samples of a window, then divides the gradients by their number, just before the step."""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        optimizer.zero_grad()
        total, samples = 0.0, 0
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x)
            loss.backward()
            total += loss.detach()
            samples += len(x)
        for p in model.parameters():
            if p.grad is not None:
                p.grad /= samples
        optimizer.step()
        losses.append(float(total / samples))
    return losses
