"""mistake: own-tensor-on-the-cpu
A tensor of your own, such as a total, weights or sums of gradients, is made on the CPU, wherever the model is; what comes from a GPU can't be put together with it.
source: https://github.com/huggingface/transformers/pull/44822
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
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = torch.zeros(1)
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
