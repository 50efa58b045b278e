"""The program behind Torch Kata. It names no exercise: what there is to grade, it finds on disk."""

__version__ = "0.1.0"
