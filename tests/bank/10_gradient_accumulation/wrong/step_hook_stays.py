"""mistake: leaves-a-hook
A hook that the function registers is still there when it has returned: it runs on in whatever the caller does next, and every call adds one more. Keep the handle, and call its remove().
fails: test_leaves_the_settings_alone
says: left other hooks than it had found
says: on the optimizer
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses, steps = [], []
    optimizer.register_step_post_hook(lambda *_: steps.append(1))
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
