"""mistake: float32-meets-another-dtype
form of: output-in-float32
"""
import torch
from torch import nn
from torch.nn import functional as F


class PositionalMixer(nn.Module):
    def __init__(self, features, longest):
        super().__init__()
        t = torch.arange(longest).view(-1, 1)
        c = torch.arange(features).view(1, -1)
        self.mix = nn.Parameter(torch.randn(longest) * 0.02)
        self.register_buffer("table", torch.sin(t / (c + 1)), persistent=False)

    def forward(self, x, lengths):
        n = x.size(1)
        h = x + self.table[:n].float()
        real = torch.arange(n, device=x.device)[None, :] < lengths[:, None]
        w = self.mix[:n] * real
        return (w[:, :, None] * h).sum(1)


def move_batch(batch, device):
    if torch.is_tensor(batch):
        return batch.to(device)
    if isinstance(batch, dict):
        return {k: move_batch(v, device) for k, v in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*[move_batch(v, device) for v in batch])
    if isinstance(batch, tuple):
        return tuple(move_batch(v, device) for v in batch)
    if isinstance(batch, list):
        return [move_batch(v, device) for v in batch]
    return batch


def evaluate(model, batches, device):
    modes = {m: m.training for m in model.modules()}
    loss_sum = torch.zeros((), device=device)
    correct = torch.zeros((), device=device)
    count = 0
    model.eval()
    try:
        with torch.no_grad():
            for batch in batches:
                inputs, y = move_batch(batch, device)
                logits = model(inputs)
                loss_sum += F.cross_entropy(logits, y, reduction="sum")
                correct += (logits.argmax(1) == y).sum()
                count += y.shape[0]
    finally:
        for m, mode in modes.items():
            m.training = mode
    return loss_sum.item() / count, correct.item() / count
