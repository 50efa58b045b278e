"""mistake: rate-for-the-step
The learning rate is changed before optimizer.step() and set back after it. It belongs to the caller, or to a scheduler, and stays as it is during the call, too.
fails: test_leaves_the_settings_alone
says: changed the learning rate
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
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        rates = [group["lr"] for group in optimizer.param_groups]
        for group in optimizer.param_groups:
            group["lr"] *= 1 + 1e-9
        optimizer.step()
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate
        losses.append(mean.item())
    return losses
