"""mistake: total-keeps-graphs
Losses or outputs of the model are kept, in a list, a running sum or one more variable, and with each of them its graph; .detach() at once lets the graph go.
fails: test_lets_go_of_every_graph
says: were still alive
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses, outputs = [], []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            outputs.append(model(x))
            loss = loss_fn(outputs[-1], y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
