"""A thread fetches the next batch while the model runs; move_batch is a function for each type; rows are mixed by einsum."""
from concurrent.futures import ThreadPoolExecutor
from functools import singledispatch

import torch
from torch import nn
from torch.nn.functional import cross_entropy


class PositionalMixer(nn.Module):
    def __init__(self, features, longest):
        super().__init__()
        self.mix = nn.Parameter(torch.zeros(longest).uniform_())
        steps = torch.arange(longest, dtype=torch.get_default_dtype()).unsqueeze(1)
        waves = torch.arange(1, features + 1, dtype=torch.get_default_dtype())
        self.register_buffer("table", (steps / waves).sin(), persistent=False)

    def forward(self, x, lengths):
        steps = x.size(1)
        padding = torch.arange(steps, device=lengths.device)[None] >= lengths[:, None]
        h = (self.table[:steps] + x).masked_fill(padding[..., None], 0.0)
        return torch.einsum("s,nsc->nc", self.mix[:steps], h)


@singledispatch
def move_batch(batch, device):
    return batch


@move_batch.register
def _(batch: torch.Tensor, device):
    return batch.to(device)


@move_batch.register
def _(batch: dict, device):
    return dict(zip(batch, map(move_batch, batch.values(), [device] * len(batch))))


@move_batch.register
def _(batch: list, device):
    return [move_batch(item, device) for item in batch]


@move_batch.register
def _(batch: tuple, device):
    make = getattr(type(batch), "_make", type(batch))
    return make([move_batch(item, device) for item in batch])


def evaluate(model, batches, device):
    waiting = iter(batches)
    modes = {part: part.training for part in model.modules()}
    loss = right = samples = 0
    try:
        model.eval()
        with ThreadPoolExecutor(1) as reader, torch.no_grad():
            coming = reader.submit(next, waiting, None)
            while (pair := coming.result()) is not None:
                coming = reader.submit(next, waiting, None)
                inputs, y = move_batch(pair, device)
                logits = model(inputs)
                loss += cross_entropy(logits, y, reduction="sum").float()
                right += logits.argmax(-1).eq(y).sum()
                samples += y.numel()
        return loss.item() / samples, right.item() / samples
    finally:
        for part, mode in modes.items():
            part.training = mode
