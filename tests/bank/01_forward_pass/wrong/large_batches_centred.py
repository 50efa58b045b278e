"""mistake: images-mixed-in-large-batches
In a large batch rows depend on other images than their own: something is averaged or normalised over the batch. With
few images nothing is to be seen of it.
fails: test_images_do_not_mix
fails: test_computes_the_logits
says: row 0 for the 70 images
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
        x = self.dense2(x)
        if len(x) > 64:
            x = x - x.mean(dim=0)
        return x
