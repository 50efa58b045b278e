"""Ways to break the rule moves-nothing. PART stands for a class or function of an answer."""

# --- reads a value in each call (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    for x in args:
        if isinstance(x, torch.Tensor):
            x.sum().item()
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- goes by way of the CPU (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    return _each(_forward(self, *args, **kwargs), lambda t: t.cpu().to(t.device))


PART.forward = _spoiled


# --- copies a constant to the GPU in each call (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    for x in args:
        if isinstance(x, torch.Tensor):
            torch.zeros(1).to(x.device)
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- waits for the GPU in each call (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return out


PART.forward = _spoiled
