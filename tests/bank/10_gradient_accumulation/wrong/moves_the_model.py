"""mistake: moves-the-model
The model is moved to a device of the function's own choice; that is for the caller to decide, who has put it somewhere already.
fails: test_leaves_everything_where_it_is
says: moved the model: when the model was called, hidden.weight was on cuda:0
"""
from itertools import islice

import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x.to(device)), y.to(device)) * len(x) / total
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
