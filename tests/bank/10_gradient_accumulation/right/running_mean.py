"""Keeps the mean of all samples so far in .grad: the old gradients are scaled down before each backward; waits once for the epoch."""
import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    seen = 0
    for index, (x, y) in enumerate(batches):
        if index % accumulate == 0:
            if seen:
                optimizer.step()
            model.zero_grad(set_to_none=False)
            losses.append(0.0)
            seen = 0
        n = len(x)
        keep = seen / (seen + n)
        for p in model.parameters():
            if p.grad is not None:
                p.grad.mul_(keep)
        loss = loss_fn(model(x), y)
        (loss * (1 - keep)).backward()
        losses[-1] = keep * losses[-1] + (1 - keep) * loss.detach()
        seen += n
    if seen:
        optimizer.step()
    return torch.stack(losses).tolist() if losses else []
