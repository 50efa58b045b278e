"""mistake: last-window-dropped
A last window with fewer micro-batches never leads to a step: its samples are lost.
source: https://github.com/timoschick/pet/issues/36
fails: test_steps_once_per_window
fails: test_a_shorter_last_window_counts_in_full
fails: test_every_sample_counts_the_same
fails: test_runs_one_micro_batch_at_a_time
fails: test_returns_a_list_of_floats
fails: test_returns_mean_losses
says: called optimizer.step() once
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses, window = [], []
    for pair in batches:
        window.append(pair)
        if len(window) < accumulate:
            continue
        samples = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x) / samples
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(float(mean))
        window = []
    return losses
