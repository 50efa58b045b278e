"""mistake: result-cached-by-address
Results are kept by the place of x in memory (data_ptr). Other images can lie there later, and a part of a batch
begins where the batch does.
fails: test_images_do_not_mix
fails: test_ends_with_dense2
says: returned a tensor of shape (1, 10); expected shape (70, 10)
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
        self.cache = {}

    def forward(self, x):
        key = x.data_ptr()
        if key in self.cache:
            return self.cache[key]
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        self.cache[key] = self.dense2(x)
        return self.cache[key]
