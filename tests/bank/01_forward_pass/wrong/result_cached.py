"""mistake: result-cached
Results are kept by the shape of x, so other images of the same shape get the logits of the first ones.
fails: test_works_wherever_it_is_moved
fails: test_images_do_not_mix
fails: test_ends_with_dense2
says: row 1 for the 70 images
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.cache = {}
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        shape = x.shape
        if shape in self.cache:
            return self.cache[shape]
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        self.cache[shape] = self.dense2(x)
        return self.cache[shape]
