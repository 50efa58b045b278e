"""mistake: pieces-of-288
Flattening cuts everything into pieces of 288 numbers. For images of another size these are no longer images, and the
batch silently gets another length.
source: https://github.com/qijiezhao/pseudo-3d-pytorch/issues/28
fails: test_keeps_images_apart
says: Flattening must keep the first dimension
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
        x = x.reshape(-1, 32 * 3 * 3)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
