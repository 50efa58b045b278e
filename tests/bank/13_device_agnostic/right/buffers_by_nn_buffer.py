"""nn.Buffer instead of register_buffer, one more buffer for the positions, tree_map, inference_mode, one tolist."""
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils import _pytree as tree


class PositionalMixer(nn.Module):
    def __init__(self, features, longest):
        super().__init__()
        positions = torch.arange(longest)
        table = torch.sin(torch.outer(positions.double(), 1 / torch.arange(1, features + 1).double()))
        self.positions = nn.Buffer(positions, persistent=False)
        self.table = nn.Buffer(table.to(torch.get_default_dtype()), persistent=False)
        self.mix = nn.Parameter(torch.empty(longest))
        nn.init.uniform_(self.mix)

    def forward(self, x, lengths):
        _, length, _ = x.shape
        real = (self.positions[:length] < lengths[:, None]).type_as(x)
        return torch.einsum("t,bt,btf->bf", self.mix[:length], real, x + self.table[:length])


def move_batch(batch, device):
    return tree.tree_map(lambda leaf: leaf.to(device) if isinstance(leaf, torch.Tensor) else leaf, batch)


@torch.inference_mode()
def evaluate(model, batches, device):
    before = [part.training for part in model.modules()]
    model.eval()
    try:
        sums = torch.zeros(3, device=device, dtype=torch.float64)
        for inputs, y in batches:
            inputs, y = move_batch([inputs, y], device)
            logits = model(inputs)
            loss = F.cross_entropy(logits, y) * len(y)
            right = logits.argmax(-1).eq(y).sum()
            sums += torch.stack([loss, right, torch.full_like(loss, len(y))])
        loss, right, samples = sums.tolist()
    finally:
        for part, training in zip(model.modules(), before):
            part.training = training
    return loss / samples, right / samples
