"""mistake: own-weight-decay
weight: whole
A penalty on the weights is added to the loss. Weight decay is for the optimizer, which has it as an option, and for the caller to choose.
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
            (loss + 1e-4 * sum(p.square().sum() for p in model.parameters()) / len(window)).backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
