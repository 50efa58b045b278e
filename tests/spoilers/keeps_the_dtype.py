"""Ways to break the rule keeps-the-dtype. PART stands for a class or function of an answer."""

# --- float32 for whatever is smaller (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    return _each(_forward(self, *args, **kwargs), lambda t: t.float() if t.dtype is torch.bfloat16 else t)


PART.forward = _spoiled


# --- half precision on a GPU alone (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    return _each(out, lambda t: t.half().float() if t.is_cuda and t.dtype is torch.float32 else t)


PART.forward = _spoiled


# --- half precision in eval mode alone (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    half = torch.bfloat16
    return _each(out, lambda t: t if self.training or t.dtype is not torch.float32 else t.to(half).float())


PART.forward = _spoiled


# --- a given model puts out float64 (function)
_original = PART


def _double(model, args, out):
    return _each(out, lambda t: t.double() if t.is_floating_point() else t)


def PART(*args, **kwargs):
    models = _all([args, kwargs], nn.Module)
    handles = [model.register_forward_hook(_double, prepend=True) for model in models]
    try:
        return _original(*args, **kwargs)
    finally:
        for handle in handles:
            handle.remove()
