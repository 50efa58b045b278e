"""mistake: old-gradients-of-frozen-parameters
Only parameters that require a gradient are cleared. A frozen one may have a gradient from before it was frozen, and the optimizer steps with it.
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        for p in model.parameters():
            if p.requires_grad:
                p.grad = None
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
