"""mistake: steps-every-time
The optimizer steps after every micro-batch, so nothing is accumulated: the later micro-batches of a window see a model that has moved already.
source: https://github.com/rasbt/LLMs-from-scratch/issues/299
fails: test_steps_once_per_window
fails: test_equal_micro_batches_make_one_large_batch
says: (after 3, 6, 9, 12 samples)
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
            optimizer.step()
            mean += loss.detach() * len(x) / total
        losses.append(float(mean))
    return losses
