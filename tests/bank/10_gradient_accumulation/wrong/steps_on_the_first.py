"""mistake: steps-on-the-first
`index % accumulate == 0` holds for the very first micro-batch, so the first step comes after one micro-batch, and all others come one micro-batch early.
source: https://github.com/rasbt/LLMs-from-scratch/issues/299
fails: test_steps_once_per_window
fails: test_equal_micro_batches_make_one_large_batch
fails: test_returns_mean_losses
says: (after 3, 9, 12 samples)
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    samples, total = 0, 0.0

    def step():
        for p in model.parameters():
            if p.grad is not None:
                p.grad /= samples
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(total / samples))

    optimizer.zero_grad()
    for index, (x, y) in enumerate(batches):
        loss = loss_fn(model(x), y) * len(x)
        loss.backward()
        samples += len(x)
        total += loss.detach()
        if index % accumulate == 0:
            step()
            samples, total = 0, 0.0
    if samples:
        step()
    return losses
