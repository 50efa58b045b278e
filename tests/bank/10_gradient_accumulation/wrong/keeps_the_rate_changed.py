"""mistake: keeps-the-rate-changed
The learning rate is lowered at the end of the call, but it belongs to the caller, or to a scheduler.
fails: test_what_came_before_does_not_count
fails: test_any_optimizer_will_do
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
            loss = loss_fn(model(x), y)
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    for group in optimizer.param_groups:
        group['lr'] *= 0.95
    return losses
