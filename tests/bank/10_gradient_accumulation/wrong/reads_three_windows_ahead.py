"""mistake: reads-too-far-ahead
More than two windows of micro-batches are read before they are trained on; two are the most that may be in memory.
fails: test_reads_batches_as_it_goes
says: of the 9 micro-batches before they went
"""
from itertools import islice


def ahead(it, count):
    queue = list(islice(it, count))
    while queue:
        yield queue.pop(0)
        queue += islice(it, 1)


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = ahead(iter(batches), 3 * accumulate)
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
