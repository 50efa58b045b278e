"""mistake: list-outlives-the-call
The list of losses is made once, as a default argument or outside of the function, and every call appends to the same list and returns it. Make a new list in each call.
fails: test_returns_a_list_of_floats
fails: test_returns_mean_losses
says: also returned the first call's values
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate, losses=[]):
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
