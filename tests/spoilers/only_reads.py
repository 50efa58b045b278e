"""Ways to break the rule only-reads. PART stands for a class or function of an answer."""

# --- writes into x (model, of weight)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    for x in args:
        if isinstance(x, torch.Tensor) and x.is_floating_point():
            x.data.mul_(2)
    return out


PART.forward = _spoiled


# --- asks x for a gradient (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    for x in args:
        if isinstance(x, torch.Tensor) and x.is_floating_point():
            x.requires_grad_()
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- clears the gradient of x (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    for x in args:
        if isinstance(x, torch.Tensor) and x.is_leaf:
            x.grad = None
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- changes the lists that it is given (model, may not apply)
_init = PART.__init__


def _made(self, *args, **kwargs):
    _init(self, *args, **kwargs)
    for value in (*args, *kwargs.values()):
        if isinstance(value, list):
            value.append(value[0])


PART.__init__ = _made


# --- sets given modules to train mode (model, may not apply)
_init = PART.__init__


def _made(self, *args, **kwargs):
    _init(self, *args, **kwargs)
    for value in (*args, *kwargs.values()):
        for module in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(module, nn.Module):
                module.train(not module.training)


PART.__init__ = _made


# --- leaves a hook on a given model (function, may not apply)
_original = PART


def PART(*args, **kwargs):
    out = _original(*args, **kwargs)
    for model in _all([args, kwargs], nn.Module):
        model.register_forward_hook(lambda *_: None)
    return out


# --- writes into given tensors (function, of weight)
_original = PART


def PART(*args, **kwargs):
    out = _original(*args, **kwargs)
    for x in _all([args, kwargs], torch.Tensor):
        if x.is_floating_point():
            x.data.mul_(2)
    return out
