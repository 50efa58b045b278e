"""mistake: divided-twice
The shares of the micro-batches already add up to one; dividing by `accumulate` as well makes the step too small.
fails: test_equal_micro_batches_make_one_large_batch
says: goes 0.5 times as far
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
            (loss * len(x) / total / accumulate).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
