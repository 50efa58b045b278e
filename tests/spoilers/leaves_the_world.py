"""Ways to break the rule leaves-the-world. PART stands for a class or function of an answer."""

# --- seeds torch (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    torch.manual_seed(0)
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- seeds torch (function)
_original = PART


def PART(*args, **kwargs):
    torch.manual_seed(0)
    return _original(*args, **kwargs)


# --- switches gradients on (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    torch.set_grad_enabled(True)
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- ignores all warnings (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    __import__("warnings").simplefilter("ignore")
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- ignores all warnings (function)
_original = PART


def PART(*args, **kwargs):
    __import__("warnings").simplefilter("ignore")
    return _original(*args, **kwargs)
