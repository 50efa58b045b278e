"""Ways to break the rule gradients-arrive. PART stands for a class or function of an answer."""

# --- cuts the inputs off (model, of weight)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    args = [x.detach() if isinstance(x, torch.Tensor) else x for x in args]
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- cuts the output off (model, of weight)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    return _each(_forward(self, *args, **kwargs), lambda t: t.detach())


PART.forward = _spoiled
