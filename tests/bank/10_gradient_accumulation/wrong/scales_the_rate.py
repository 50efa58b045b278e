"""mistake: scales-the-rate
The sum of the gradients is left as it is and the learning rate divided instead: the same for plain SGD, not for Adam.
fails: test_any_optimizer_will_do
fails: test_leaves_the_settings_alone
says: with Adam, the change
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    rates = [group["lr"] for group in optimizer.param_groups]
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        optimizer.zero_grad()
        total, samples = 0.0, 0
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x)
            loss.backward()
            total += loss.detach()
            samples += len(x)
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate / samples
        optimizer.step()
        losses.append(float(total / samples))
    for group, rate in zip(optimizer.param_groups, rates):
        group["lr"] = rate
    return losses
