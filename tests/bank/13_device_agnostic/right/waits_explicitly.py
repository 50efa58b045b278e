"""Synchronises explicitly at the end, returns a named tuple of NumPy's floats, and moves a copy of the containers."""
import copy
from typing import NamedTuple

import numpy as np
import torch
from torch import nn


class PositionalMixer(nn.Module):
    def __init__(self, features: int, longest: int):
        super().__init__()
        angle = np.arange(longest)[:, None] / np.arange(1, features + 1)[None, :]
        self.register_buffer("table", torch.from_numpy(np.sin(angle)).to(torch.get_default_dtype()), persistent=False)
        self.mix = nn.Parameter(torch.full((longest,), 1.0))

    def forward(self, x, lengths):
        length = x.shape[1]
        with torch.device(x.device):
            positions = torch.arange(length)
        real = (positions.expand(len(x), -1) < lengths.reshape(-1, 1)).to(x.dtype)
        return ((x + self.table[:length]) * real.unsqueeze(-1) * self.mix[:length, None]).sum(1)


class Result(NamedTuple):
    loss: float
    accuracy: float


def move_batch(batch, device):
    match batch:
        case torch.Tensor():
            return batch.to(device=device)
        case dict():
            moved = copy.copy(batch)
            moved.update((key, move_batch(value, device)) for key, value in batch.items())
            return moved
        case list():
            return [*(move_batch(value, device) for value in batch)]
        case tuple() if type(batch) is not tuple:
            return batch._replace(**{key: move_batch(value, device) for key, value in batch._asdict().items()})
        case tuple():
            return (*(move_batch(value, device) for value in batch),)
    return batch


def evaluate(model, batches, device):
    device = torch.device(device)
    modes = [part.training for part in model.modules()]
    grad = torch.is_grad_enabled()
    parts = []
    samples = 0
    try:
        model.train(False)
        torch.set_grad_enabled(False)
        for inputs, y in batches:
            logits = model(move_batch(inputs, device))
            y = move_batch(y, device)
            loss = nn.functional.cross_entropy(logits, y, reduction="none")
            parts.append(torch.stack([loss.float(), (logits.argmax(1) == y).float()]))
            samples += len(y)
        means = torch.cat(parts, dim=1).mean(dim=1)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        means = means.cpu().numpy().astype(np.float64)
    finally:
        torch.set_grad_enabled(grad)
        for part, mode in zip(model.modules(), modes, strict=True):
            part.training = mode
    return Result(means[0], means[1])
