"""mistake: view
view(...) needs numbers that lie in memory one after the other. After a channels_last image they don't; flatten and
reshape copy where they have to.
fails: test_takes_any_memory_layout
says: view size is not compatible
"""
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
        x = x.view(x.size(0), -1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
