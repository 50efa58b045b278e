"""mistake: view-in-pieces-of-288
view(-1, 288) has two flaws: images of another size silently change the batch, and it fails where memory is laid out
otherwise, as for channels_last images. Keep the first dimension, with flatten or reshape.
source: https://github.com/uoguelph-mlrg/Cutout/issues/16
fails: test_takes_any_memory_layout
fails: test_keeps_images_apart
says: view size is not compatible
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
        x = x.view(-1, 32 * 3 * 3)
        x = F.relu(self.dense1(x))
        return self.dense2(x)
