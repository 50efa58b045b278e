"""mistake: swapped-loss-arguments
The model's output and the target are handed to loss_fn the wrong way round; only a symmetric loss does not mind.
fails: test_equal_micro_batches_make_one_large_batch
fails: test_returns_mean_losses
says: arguments swapped
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
            loss = loss_fn(y, model(x))
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
