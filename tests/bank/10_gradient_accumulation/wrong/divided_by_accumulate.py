"""mistake: divided-by-accumulate
Dividing by `accumulate` is right only for full windows of equal micro-batches: a shorter window then moves too little. Divide by what the window really holds.
source: https://github.com/Lightning-AI/pytorch-lightning/issues/19987
fails: test_a_shorter_last_window_counts_in_full
fails: test_every_sample_counts_the_same
says: step 2 has the right direction, but goes 0.3333 times as far
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
            (loss / accumulate).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
