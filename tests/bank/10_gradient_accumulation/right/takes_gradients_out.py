"""Hooks take each gradient out of .grad as it arrives, and the sums are put back before the step."""
def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    sums = {}
    losses = []
    micro, samples, total = 0, 0, 0.0
    n = 0

    def take(p):
        grad = p.grad * n
        p.grad = None
        sums[p] = sums[p] + grad if p in sums else grad

    def step():
        for p, grad in sums.items():
            p.grad = grad / samples
        optimizer.step()
        for p in sums:
            p.grad = None
        sums.clear()
        losses.append(float(total) / samples)

    for p in model.parameters():
        p.grad = None
    handles = [p.register_post_accumulate_grad_hook(take) for p in model.parameters() if p.requires_grad]
    for x, y in batches:
        n = len(x)
        loss = loss_fn(model(x), y)
        loss.backward()
        micro, samples, total = micro + 1, samples + n, total + loss.detach() * n
        if micro == accumulate:
            step()
            micro, samples, total = 0, 0, 0.0
    if micro:
        step()
    for handle in handles:
        handle.remove()
    return losses
