"""mistake: model-back-to-the-cpu
The model is taken to the CPU when the epoch is over; the next epoch finds it there, and its batches on the GPU.
fails: test_leaves_everything_where_it_is
fails: test_waits_at_most_once_per_step
says: moved the model: afterwards, hidden.weight was on cpu
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
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    model.cpu()
    return losses
