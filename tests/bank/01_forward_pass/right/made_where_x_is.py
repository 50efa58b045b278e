"""Makes what it needs where x is: masks, zeros, an output to write into."""
import torch
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = self.conv1(x)
        x = torch.where(x > 0, x, x.new_zeros(()))
        rows = torch.arange(0, 6, 2, device=x.device)
        x = torch.stack([x[:, :, rows + i][:, :, :, rows + j] for i in (0, 1) for j in (0, 1)]).amax(0)
        x = self.dense1(x.reshape(len(x), -1))
        with torch.device(x.device):
            x = torch.maximum(x, torch.zeros(1, dtype=x.dtype))
        return self.dense2(x)
