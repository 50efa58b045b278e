"""mistake: never-cleared
The gradients are never cleared, so each step repeats those of all the windows before it.
source: https://github.com/pytorch/pytorch/issues/47175
fails: test_equal_micro_batches_make_one_large_batch
says: step 2 repeats the gradient of step 1
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
        optimizer.step()
        losses.append(float(mean))
    return losses
