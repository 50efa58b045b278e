"""mistake: asks-for-the-length
len(batches) is asked for to find the last window, but a generator has no length.
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    last = len(batches) - 1
    samples, total = 0, 0.0
    optimizer.zero_grad()
    for index, (x, y) in enumerate(batches):
        loss = loss_fn(model(x), y) * len(x)
        loss.backward()
        samples += len(x)
        total += loss.detach()
        if (index + 1) % accumulate == 0 or index == last:
            for p in model.parameters():
                if p.grad is not None:
                    p.grad /= samples
            optimizer.step()
            optimizer.zero_grad()
            losses.append(float(total / samples))
            samples, total = 0, 0.0
    return losses
