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
        total = sum(y.numel() for _, y in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * (y.numel() / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
