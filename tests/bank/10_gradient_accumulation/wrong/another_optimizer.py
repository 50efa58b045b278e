"""mistake: given-optimizer-never-steps
The optimizer that was given is never asked to step: something else changes the weights, or nothing does. Call its step(), which also knows its groups and what it remembers.
fails: test_steps_once_per_window
fails: test_equal_micro_batches_make_one_large_batch
says: called optimizer.step() 0 times
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    optimizer = type(optimizer)(model.parameters(), **optimizer.defaults)
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
