"""mistake: counts-elements
Micro-batches are weighed by the elements of x or y, so samples with longer sequences count more; len(x) is the number of samples.
fails: test_every_sample_counts_the_same
says: the change of head.weight by step 1
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(x.numel() for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y)
            (loss * x.numel() / total).backward()
            mean += loss.detach() * x.numel() / total
        optimizer.step()
        losses.append(float(mean))
    return losses
