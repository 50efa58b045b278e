"""mistake: own-tensor-on-the-cpu
A tensor of your own, such as a total, weights or sums of gradients, is made on the CPU, wherever the model is; what comes from a GPU can't be put together with it.
fails: test_equal_micro_batches_make_one_large_batch
fails: test_returns_mean_losses
fails: test_leaves_everything_where_it_is
says: cuda:1 and cpu
"""
from itertools import islice

import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        sizes = torch.tensor([float(len(x)) for x, _ in window])
        shares = sizes / sizes.sum()
        optimizer.zero_grad()
        parts = []
        for (x, y), share in zip(window, shares.tolist()):
            loss = loss_fn(model(x), y)
            (loss * share).backward()
            parts.append(loss.detach())
        optimizer.step()
        losses.append((torch.stack(parts) * shares).sum().item())
    return losses
