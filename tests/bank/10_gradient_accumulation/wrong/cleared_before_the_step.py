"""mistake: cleared-before-the-step
The gradients are cleared between backward and step, so the step finds none and moves nothing.
source: https://github.com/yuval-alaluf/hyperstyle/issues/40
fails: test_equal_micro_batches_make_one_large_batch
says: were gone again when it came
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y)
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.zero_grad()
        optimizer.step()
        losses.append(float(mean))
    return losses
