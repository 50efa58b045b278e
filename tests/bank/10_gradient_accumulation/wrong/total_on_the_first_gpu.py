"""mistake: own-tensor-on-the-first-gpu
A tensor of your own is made on a GPU that you choose, such as "cuda", which is the first one, but the model may be on another; take the device from a loss or from x.
fails: test_equal_micro_batches_make_one_large_batch
fails: test_returns_mean_losses
fails: test_leaves_everything_where_it_is
says: two devices, cuda:0 and cuda:1
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
        mean = torch.zeros(1, device=device)
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
