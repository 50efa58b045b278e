"""mistake: collects-the-epoch
All micro-batches are put into a list before training begins, which takes the memory of a whole epoch.
fails: test_reads_batches_as_it_goes
says: had read all 9 micro-batches before they went
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    batches = list(batches)
    losses = []
    for start in range(0, len(batches), accumulate):
        window = batches[start : start + accumulate]
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(float(mean))
    return losses
