"""mistake: first-group-only
Only the gradients of the optimizer's first group are divided; an optimizer may have several groups.
fails: test_any_optimizer_will_do
says: with SGD with momentum in two groups, the change of hidden.bias by step 1
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        optimizer.zero_grad()
        total, samples = 0.0, 0
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x)
            loss.backward()
            total += loss.detach()
            samples += len(x)
        for p in optimizer.param_groups[0]["params"]:
            if p.grad is not None:
                p.grad /= samples
        optimizer.step()
        losses.append(float(total / samples))
    return losses
