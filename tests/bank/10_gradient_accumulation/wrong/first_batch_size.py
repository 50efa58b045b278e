"""mistake: first-batch-size
weight: part
All micro-batches are taken to be as large as the first one, so the shares are wrong where sizes differ.
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses, window = [], []
    size = None

    def run():
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * len(x) / (size * len(window))
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(float(mean))
        window.clear()

    for x, y in batches:
        if size is None:
            size = len(x)
        window.append((x, y))
        if len(window) == accumulate:
            run()
    if window:
        run()
    return losses
