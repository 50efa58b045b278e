"""mistake: numpy-of-a-loss
numpy knows nothing of GPUs: .numpy() refuses a tensor that is on one. Add up on the device, and read the sum with .item().
source: https://github.com/JDAI-CV/fast-reid/pull/509
fails: test_equal_micro_batches_make_one_large_batch
fails: test_returns_mean_losses
fails: test_leaves_everything_where_it_is
says: can't convert cuda:1 device type tensor to numpy
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
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            mean += float(loss.detach().numpy())
        optimizer.step()
        losses.append(mean)
    return losses
