"""mistake: merges-the-last-window
A shorter last window is joined to the one before, which makes one step out of two.
fails: test_steps_once_per_window
fails: test_a_shorter_last_window_counts_in_full
fails: test_every_sample_counts_the_same
fails: test_returns_a_list_of_floats
fails: test_returns_mean_losses
says: once (after 8 samples)
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    window = list(islice(it, accumulate))
    while window:
        following = list(islice(it, accumulate))
        if following and len(following) < accumulate:
            window, following = window + following, []
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x) / total
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(float(mean))
        window = following
    return losses
