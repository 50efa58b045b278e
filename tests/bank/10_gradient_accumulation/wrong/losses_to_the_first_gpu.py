"""mistake: losses-to-the-first-gpu
The losses are sent to "cuda", which is the first GPU: where the model is on another one, each is copied for nothing.
fails: test_leaves_everything_where_it_is
says: copied tensors to another GPU or from there
"""
from itertools import islice

import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    device = "cuda" if torch.cuda.is_available() else "cpu"
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            mean += loss.detach().to(device)
        optimizer.step()
        losses.append(mean.item())
    return losses
