"""Counts micro-batches as they come; what is left when the batches end makes a step of its own."""
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
    if micro:
        finish()
    return losses
