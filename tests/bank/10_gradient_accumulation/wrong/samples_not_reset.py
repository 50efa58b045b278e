"""mistake: samples-not-reset
The number of samples is not set back after a step, so each step divides by all the samples since the beginning.
fails: test_equal_micro_batches_make_one_large_batch
fails: test_returns_mean_losses
says: step 2 has the right direction, but goes 0.5 times as far
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
            micro, total = 0, 0.0
    if micro:
        finish()
    return losses
