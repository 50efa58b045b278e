"""mistake: last-window-dropped
A last window with fewer micro-batches never leads to a step: its samples are lost.
fails: test_steps_once_per_window
fails: test_a_shorter_last_window_counts_in_full
fails: test_every_sample_counts_the_same
fails: test_returns_a_list_of_floats
fails: test_returns_mean_losses
says: once (after 6 samples)
says: micro-batches of 1, 4, 2, 3 and 7 samples called optimizer.step() once
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    micro, samples, total = 0, 0, 0.0

    def finish():
        for p in model.parameters():
            if p.grad is not None:
                p.grad /= samples
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(total / samples))

    optimizer.zero_grad()
    for x, y in batches:
        loss = loss_fn(model(x), y) * len(x)
        loss.backward()
        total += loss.detach()
        samples += len(x)
        micro += 1
        if micro == accumulate:
            finish()
            micro, samples, total = 0, 0, 0.0
    return losses
