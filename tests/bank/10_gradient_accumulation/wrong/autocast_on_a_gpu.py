"""mistake: autocast-on-a-gpu
form of: lower-precision
The model runs under autocast, in bfloat16, so gradients keep three digits only. Model and batches have a dtype already: keep to it.
"""
from itertools import islice

import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            with torch.autocast("cuda", dtype=torch.bfloat16, enabled=x.is_cuda):
                loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
