"""mistake: sample-by-sample
Every sample goes through the model by itself: the steps are right, but a micro-batch was to go through in one call.
fails: test_runs_one_micro_batch_at_a_time
says: called the model with [1, 1, 1,
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for xs, ys in window:
            for x, y in zip(xs.split(1), ys.split(1)):
                loss = loss_fn(model(x), y) / total
                loss.backward()
                mean += loss.detach()
        optimizer.step()
        losses.append(float(mean))
    return losses
