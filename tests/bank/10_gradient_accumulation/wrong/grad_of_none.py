"""mistake: no-gradient-not-expected
Every parameter's gradient is divided, but frozen and unused parameters have none: their .grad is None.
fails: test_parameters_without_a_gradient_stay_put
says: NoneType
"""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    micro, samples, total = 0, 0, 0.0

    def finish():
        for p in model.parameters():
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
