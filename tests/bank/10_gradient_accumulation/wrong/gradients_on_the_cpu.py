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
    parameters = [p for p in model.parameters() if p.requires_grad]
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        sums = {}
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x) / total
            for p, gradient in zip(parameters, torch.autograd.grad(loss, parameters, allow_unused=True)):
                if gradient is not None:
                    sums.setdefault(p, torch.zeros(p.shape, dtype=p.dtype)).add_(gradient)
            mean += loss.detach()
        for p in parameters:
            p.grad = sums.get(p)
        optimizer.step()
        losses.append(mean.item())
    return losses
