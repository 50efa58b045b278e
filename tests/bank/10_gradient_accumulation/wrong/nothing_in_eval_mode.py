"""mistake: steps-in-train-mode-only
Nothing is learned while the model is in eval mode. The mode is about dropout and batch norm; the caller, who asks for training, may have chosen it on purpose.
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
        if model.training:
            optimizer.step()
        losses.append(mean.item())
    return losses
