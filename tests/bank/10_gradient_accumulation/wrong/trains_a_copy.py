"""mistake: trains-a-copy
The losses are computed with a copy of the model, so the gradients come to the copy's parameters and the optimizer finds none.
fails: test_equal_micro_batches_make_one_large_batch
says: no gradients had come
"""
import copy
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    replica = copy.deepcopy(model)
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(replica(x), y)
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
