"""mistake: one-backward-per-window
The losses of a window are added up and go backward together, so all of its graphs are in memory at once: that is what accumulation avoids.
fails: test_runs_one_micro_batch_at_a_time
fails: test_lets_go_of_every_graph
says: went forward, forward
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
            mean = mean + loss * len(x) / total
        mean.backward()
        optimizer.step()
        losses.append(mean.item())
    return losses
