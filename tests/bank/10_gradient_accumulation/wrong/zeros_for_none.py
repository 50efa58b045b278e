"""mistake: zeros-for-none
Gradients are set to tensors of zeros, so the optimizer no longer passes over unused parameters: weight decay or momentum moves them.
fails: test_parameters_without_a_gradient_stay_put
says: is zeros; one whose .grad is None
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        for p in model.parameters():
            p.grad = p.new_zeros(p.shape)
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y)
            (loss * len(x) / total).backward()
            mean += loss.detach() * len(x) / total
        optimizer.step()
        losses.append(float(mean))
    return losses
