"""mistake: one-step-too-many
The step after the loop is taken even where no micro-batch is left, which steps once more with the gradients of the last window, or with none.
fails: test_steps_once_per_window
fails: test_equal_micro_batches_make_one_large_batch
says: (after 6, 12, 12 samples)
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    samples, total, count = 0, 0.0, 0

    def step():
        for p in model.parameters():
            if p.grad is not None:
                p.grad.div_(max(samples, 1))
        optimizer.step()
        if samples:
            losses.append(float(total / samples))

    optimizer.zero_grad()
    for x, y in batches:
        loss = loss_fn(model(x), y) * len(x)
        loss.backward()
        samples += len(x)
        total += loss.detach()
        count += 1
        if count % accumulate == 0:
            step()
            optimizer.zero_grad()
            samples, total = 0, 0.0
    step()
    return losses
