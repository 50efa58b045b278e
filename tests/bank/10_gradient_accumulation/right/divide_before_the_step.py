"""Weighs by samples first and divides the gradients just before the step, so no window is held in memory."""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    micro, samples, total = 0, 0, 0.0

    def finish():
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad /= samples
        optimizer.step()
        optimizer.zero_grad()
        losses.append((total / samples).item())

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
