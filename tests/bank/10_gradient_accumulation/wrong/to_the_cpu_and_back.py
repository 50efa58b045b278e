"""mistake: to-the-cpu-and-back
Model and batches are moved to the CPU for each micro-batch and back for the step. All of it can happen where they are; every move is a copy that waits.
fails: test_leaves_everything_where_it_is
fails: test_waits_at_most_once_per_step
says: moved the model: when the model was called, hidden.weight was on cpu
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    home = next(model.parameters()).device
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            model.cpu()
            x, y = x.cpu(), y.cpu()
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            mean += loss.detach()
        model.to(home)
        optimizer.step()
        losses.append(mean.item())
    return losses
