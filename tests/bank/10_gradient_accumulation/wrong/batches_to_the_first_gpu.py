"""mistake: batches-to-the-first-gpu
The batches are moved to "cuda", which is the first GPU, but the model may be on another one; they are beside it already.
source: https://github.com/sgl-project/sglang/issues/34552
fails: test_equal_micro_batches_make_one_large_batch
fails: test_returns_mean_losses
fails: test_leaves_everything_where_it_is
says: mat1 is on cuda:0
"""
from itertools import islice

import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            x, y = x.to(device), y.to(device)
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
