"""Holds the next window while it runs this one, and keeps the weights in a float32 tensor."""
from itertools import islice

import torch


def micro_step(model, loss_fn, x, y, weight):
    loss = loss_fn(model(x), y)
    loss.backward(gradient=weight.to(loss))
    return loss.detach()


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    window = list(islice(it, accumulate))
    while window:
        following = list(islice(it, accumulate))
        sizes = torch.tensor([len(y) for _, y in window], dtype=torch.float32)
        weights = sizes / sizes.sum()
        optimizer.zero_grad()
        means = [micro_step(model, loss_fn, x, y, w) for (x, y), w in zip(window, weights)]
        optimizer.step()
        losses.append((torch.stack(means) * weights.to(means[0])).sum().item())
        window = following
    return losses
