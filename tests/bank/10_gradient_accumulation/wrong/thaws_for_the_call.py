"""mistake: unfreezes
The parameters that the caller had frozen are thawed, and trained with the others.
fails: test_parameters_without_a_gradient_stay_put
says: changed requires_grad of frozen.weight
"""
from itertools import islice


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    frozen = [p for p in model.parameters() if not p.requires_grad]
    for p in frozen:
        p.requires_grad_(True)
    losses = []
    it = iter(batches)
    while window := list(islice(it, accumulate)):
        total = sum(len(x) for x, _ in window)
        optimizer.zero_grad()
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y) * (len(x) / total)
            loss.backward()
            mean += loss.detach()
        optimizer.step()
        losses.append(mean.item())
    for p in frozen:
        p.requires_grad_(False)
    return losses
