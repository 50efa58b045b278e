"""mistake: returns-tensors
The losses come back as tensors; a float is what .item() gives.
fails: test_returns_a_list_of_floats
says: values of type torch.Tensor
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
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(mean)
    return losses
