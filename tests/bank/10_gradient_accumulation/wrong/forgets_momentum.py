"""mistake: forgets-momentum
The optimizer's state is thrown away at the start of each call, and with it momentum and Adam's averages.
fails: test_any_optimizer_will_do
says: by step 3 is
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    optimizer.state.clear()
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y)
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
