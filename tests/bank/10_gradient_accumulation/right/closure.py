"""Hands the window to optimizer.step as a closure, which the optimizer calls once, and waits after that."""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    stream = iter(batches)
    while window := list(islice(stream, accumulate)):
        samples = sum(len(y) for _, y in window)

        def closure():
            optimizer.zero_grad()
            mean = 0.0
            for x, y in window:
                loss = loss_fn(model(x), y) * (len(y) / samples)
                loss.backward()
                mean += loss.detach()
            return mean

        losses.append(optimizer.step(closure).item())
    return losses
