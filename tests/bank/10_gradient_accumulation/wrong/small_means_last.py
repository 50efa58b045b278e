"""mistake: small-means-last
weight: part
The shorter last window does not lead to a step. Whether a window is the last can't be told from the size of a micro-batch; only the end of the batches tells.
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    samples, total, size = 0, 0.0, None
    optimizer.zero_grad()
    for index, (x, y) in enumerate(batches, start=1):
        size = size or len(x)
        loss = loss_fn(model(x), y) * len(x)
        loss.backward()
        samples += len(x)
        total += loss.detach()
        if index % accumulate == 0 or len(x) < size:
            for p in model.parameters():
                if p.grad is not None:
                    p.grad /= samples
            optimizer.step()
            optimizer.zero_grad()
            losses.append(float(total / samples))
            samples, total = 0, 0.0
    return losses
