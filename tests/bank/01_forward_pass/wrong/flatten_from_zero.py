"""mistake: batch-becomes-one-row
Flattening puts the whole batch into one row. The first dimension has to stay: reshape(1, -1) fits one image only, and
torch.flatten starts at dimension 0 unless told otherwise.
fails: test_gives_logits
says: 1x1440 and 288x128
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
