"""mistake: cleared-only-after
The gradients are cleared after each step, but not before the first: what the caller left in .grad is in it.
fails: test_what_came_before_does_not_count
says: full of threes
says: the change of hidden.weight by step 1
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y)
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(mean))
    return losses
