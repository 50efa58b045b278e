"""mistake: steps-with-nothing
The loop runs once before it asks whether there is a micro-batch at all, so without any it steps, and returns a loss of zero.
fails: test_steps_once_per_window
fails: test_returns_a_list_of_floats
says: returned a list of 1 values; expected 0
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    window = list(islice(it, accumulate))
    while True:
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(float(mean))
        window = list(islice(it, accumulate))
        if not window:
            return losses
