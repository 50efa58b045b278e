"""mistake: short-window-divided-by-accumulate
Full windows are right, but a shorter last window moves too little: its gradients are divided as if it had `accumulate` micro-batches. Divide by what the window really holds.
fails: test_a_shorter_last_window_counts_in_full
fails: test_every_sample_counts_the_same
fails: test_returns_mean_losses
says: step 2 has the right direction, but goes 0.3333 times as far
says: step 2 has the right direction, but goes 0.6667 times as far
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window) * accumulate / len(window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    return losses
