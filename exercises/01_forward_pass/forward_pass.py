"""A small convolutional network: what is made once, and what is done with every batch."""

import torch
from torch import nn


class ConvNet(nn.Module):
    """A classifier for images of 7 by 7 pixels.

    A 3x3 convolution to 32 channels (``self.conv1``, padding 1, so that images keep their size), a relu,
    max-pooling over windows of 2x2 that don't overlap, flattening to 288 numbers per image, a linear layer to
    128 (``self.dense1``), a relu, and a linear layer to ``num_classes`` (``self.dense2``), whose outputs are
    the logits. Only these three layers have parameters, each a weight and a bias.
    """

    def __init__(self, in_channels: int = 3, num_classes: int = 10) -> None:
        raise NotImplementedError(
            "ConvNet.__init__: make what has parameters: self.conv1, self.dense1 and self.dense2"
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images of shape (N, in_channels, 7, 7), N at least 1, to logits of shape (N, num_classes)."""
        raise NotImplementedError(
            "ConvNet.forward: send x through convolution, relu, pooling, flattening, dense1, relu and dense2"
        )
