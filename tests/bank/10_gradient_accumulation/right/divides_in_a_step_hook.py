"""A hook on the optimizer divides the gradients by the samples before each step, and is removed in the end."""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    micro, samples, total = 0, 0, 0.0

    def divide(optimizer, args, kwargs):
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad /= samples

    handle = optimizer.register_step_pre_hook(divide)
    try:
        optimizer.zero_grad()
        for x, y in batches:
            loss = loss_fn(model(x), y) * len(x)
            loss.backward()
            micro, samples, total = micro + 1, samples + len(x), total + loss.detach()
            if micro == accumulate:
                optimizer.step()
                optimizer.zero_grad()
                losses.append(total / samples)
                micro, samples, total = 0, 0, 0.0
        if micro:
            optimizer.step()
            losses.append(total / samples)
    finally:
        handle.remove()
    return [loss.item() for loss in losses]
