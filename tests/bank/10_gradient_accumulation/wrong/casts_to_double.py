"""mistake: own-dtype
The batches are turned into float64, but the model may be in float32, and the two don't go together. Leave the dtype as it comes.
fails: test_returns_a_list_of_floats
says: must have the same dtype
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
            loss = loss_fn(model(x.double()), y.double()) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
