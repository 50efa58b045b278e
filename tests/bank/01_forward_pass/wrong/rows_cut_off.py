"""mistake: rows-cut-off
Of a large batch only the first rows are returned. There is no largest batch: each image gets its row.
fails: test_takes_batches_of_any_size
fails: test_computes_the_logits
says: for 70 images, then for 2 images returned a tensor of shape (32, 10); expected shape (70, 10)
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
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)[:32]
