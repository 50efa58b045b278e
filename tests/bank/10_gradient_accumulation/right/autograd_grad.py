"""Asks torch.autograd.grad for the gradients, sums them itself and hands them to the optimizer at the end."""
import itertools

import torch


def train_epoch(model, optimizer, loss_fn, batches, accumulate):
    parameters = [p for p in model.parameters() if p.requires_grad]
    stream = iter(batches)
    result = []
    while True:
        window = list(itertools.islice(stream, accumulate))
        if not window:
            return result
        samples = sum(y.shape[0] for _, y in window)
        optimizer.zero_grad()  # frozen parameters may have old gradients, too
        sums = [None] * len(parameters)
        mean = 0.0
        for x, y in window:
            loss = loss_fn(model(x), y)
            weight = y.shape[0] / samples
            mean += weight * loss.detach()
            for i, grad in enumerate(torch.autograd.grad(loss, parameters, allow_unused=True)):
                if grad is not None:
                    sums[i] = weight * grad if sums[i] is None else sums[i] + weight * grad
        for p, grad in zip(parameters, sums):
            p.grad = grad
        optimizer.step()
        result.append(float(mean))
