"""mistake: numpy-number
What comes back are numpy's numbers: one of float32 is no Python float. .item() gives one, from a tensor as from an array.
fails: test_returns_a_list_of_floats
says: values of type numpy.float32
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
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.cpu().numpy()[()])
    return losses
