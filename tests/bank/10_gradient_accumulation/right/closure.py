"""Hands the window to optimizer.step as a closure, which the optimizer calls once."""
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
                mean += loss.item()
            losses.append(mean)
            return mean

        optimizer.step(closure)
    return losses
