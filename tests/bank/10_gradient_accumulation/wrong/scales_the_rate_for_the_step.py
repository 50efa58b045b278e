"""mistake: scales-the-rate
The sum of the gradients is left as it is and the learning rate divided instead: the same for plain SGD, not for Adam.
fails: test_any_optimizer_will_do
fails: test_leaves_the_settings_alone
says: with Adam, the change
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    micro, samples, total = 0, 0, 0.0

    def finish():
        for group in optimizer.param_groups:
            group["lr"] /= samples
        optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] *= samples
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
    if micro:
        finish()
    return losses
