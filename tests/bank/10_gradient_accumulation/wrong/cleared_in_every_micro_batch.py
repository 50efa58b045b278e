"""mistake: cleared-in-every-micro-batch
The gradients are cleared before every backward, so a step sees those of the window's last micro-batch only.
source: https://github.com/huggingface/accelerate/issues/1299
fails: test_equal_micro_batches_make_one_large_batch
says: used the gradient of its last micro-batch alone
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        mean = 0.0
        for x, y in window:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
