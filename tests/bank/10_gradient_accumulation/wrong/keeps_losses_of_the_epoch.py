"""mistake: total-keeps-graphs
Losses or outputs of the model are kept, in a list, a running sum or one more variable, and with each of them its graph; .detach() at once lets the graph go.
source: https://github.com/google/brax/pull/152
fails: test_lets_go_of_every_graph
says: were still alive
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    windows = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        losses = []
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            losses.append(loss)
        optimizer.step()
        windows.append(losses)
    return [sum(losses).item() for losses in windows]
