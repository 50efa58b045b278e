"""Ways to break the rule same-in-every-mode. PART stands for a class or function of an answer."""

# --- eval mode doubles (model, of weight)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    return out if self.training else _each(out, lambda t: 2 * t)


PART.forward = _spoiled


# --- another output under no_grad (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    return out if torch.is_grad_enabled() else _each(out, lambda t: t + 1)


PART.forward = _spoiled


# --- another output under inference_mode (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    return _each(out, lambda t: t + 1) if torch.is_inference_mode_enabled() else out


PART.forward = _spoiled
