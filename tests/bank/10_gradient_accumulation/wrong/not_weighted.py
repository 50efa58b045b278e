"""mistake: not-weighted
The mean losses are added without weights, so the gradient is as many times too large as the window has micro-batches.
source: https://github.com/fastai/fastai/issues/3023
fails: test_equal_micro_batches_make_one_large_batch
says: step 1 has the right direction, but goes 2 times
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
            loss.backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
