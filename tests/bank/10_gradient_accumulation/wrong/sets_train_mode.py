"""mistake: sets-train-mode
The function calls model.train(), which switches on parts that the caller had put into eval mode.
fails: test_leaves_the_settings_alone
says: to [True, True, True, True]
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    model.train()
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
