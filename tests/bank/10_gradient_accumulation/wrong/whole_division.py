"""mistake: whole-division
`len(x) // total` is 0 for every micro-batch that is not the whole window, so all gradients are zero.
fails: test_equal_micro_batches_make_one_large_batch
says: gradients of zeros had come
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
            loss = loss_fn(model(x), y)
            (loss * (len(x) // total)).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
