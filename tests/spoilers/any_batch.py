"""Ways to break the rule any-batch. PART stands for a class or function of an answer."""

# --- refuses what is not contiguous (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    if not all(x.is_contiguous() for x in args if isinstance(x, torch.Tensor)):
        raise RuntimeError("view size is not compatible with input tensor's size and stride")
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- a batch of one loses its dimension (model, of weight)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    return _each(_forward(self, *args, **kwargs), lambda t: t.squeeze(0))


PART.forward = _spoiled
