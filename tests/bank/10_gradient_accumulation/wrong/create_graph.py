"""mistake: create-graph
backward(create_graph=True) gives the gradients graphs of their own, which keep those of all micro-batches alive.
fails: test_lets_go_of_every_graph
says: graphs of their own
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
            (loss * len(x) / total).backward(create_graph=True)
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
