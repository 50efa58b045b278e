"""mistake: ends-in-eval
The function calls model.eval() at the end, and the caller's next epoch runs in a mode that nobody asked for.
fails: test_leaves_the_settings_alone
says: to [False, False, False, False]
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
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    model.eval()
    return losses
