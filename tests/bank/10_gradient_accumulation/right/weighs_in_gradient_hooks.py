"""Lets a hook on each parameter weigh the gradient as it arrives, so the loss itself is left alone."""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    weight = 1.0
    hooks = [
        p.register_hook(lambda grad: grad * weight) for p in model.parameters() if p.requires_grad
    ]
    losses = []
    iterator = iter(batches)
    try:
        while window := [pair for _, pair in zip(range(accumulate), iterator)]:
            optimizer.zero_grad(set_to_none=True)
            samples = sum(map(len, (x for x, _ in window)))
            mean = 0
            for x, y in window:
                weight = len(x) / samples
                loss = loss_fn(model(x), y)
                loss.backward()
                mean += loss.detach() * weight
            optimizer.step()
            losses.append(mean.item())
    finally:
        for hook in hooks:
            hook.remove()
    return losses
