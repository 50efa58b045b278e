"""mistake: divided-by-micro-batches
The mean of the micro-batches' means lets a small micro-batch count as much as a large one.
source: https://github.com/huggingface/transformers/pull/34191
fails: test_every_sample_counts_the_same
says: on micro-batches of 3, 1, 2, 5, 4 and 1 samples, the change of
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
            (loss / len(window)).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
