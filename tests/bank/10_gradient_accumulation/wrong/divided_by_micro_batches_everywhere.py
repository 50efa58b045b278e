"""mistake: divided-by-micro-batches
The mean of the micro-batches' means lets a small micro-batch count as much as a large one.
source: https://github.com/huggingface/transformers/pull/34191
fails: test_every_sample_counts_the_same
fails: test_returns_mean_losses
says: in which small ones count as much
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y)
            loss = loss / len(window)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(float(mean))
    return losses
