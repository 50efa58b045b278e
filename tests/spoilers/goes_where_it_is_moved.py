"""Ways to break the rule goes-where-it-is-moved. PART stands for a class or function of an answer."""

# --- made on the CPU, whatever torch was told (model, may not apply)
_init = PART.__init__


def _made(self, *args, **kwargs):
    with torch.device("cpu"):
        _init(self, *args, **kwargs)


PART.__init__ = _made


# --- works on two devices, and on no third (model)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    places = vars(self).setdefault("places_seen", set())
    places |= {str(x.device) for x in args if isinstance(x, torch.Tensor)}
    if len(places) > 2:
        raise RuntimeError("Expected all tensors to be on the same device")
    return _forward(self, *args, **kwargs)


PART.forward = _spoiled


# --- works on one GPU, and on no other (function)
_original, _gpus = PART, []


def PART(*args, **kwargs):
    places = _all([args, kwargs], (str, torch.device))
    places += [p.device for model in _all([args, kwargs], nn.Module) for p in model.parameters()]
    gpus = [str(place) for place in places if str(place).startswith("cuda")]
    _gpus.extend(gpus)
    if any(gpu != _gpus[0] for gpu in gpus):
        raise RuntimeError("Expected all tensors to be on the same device")
    return _original(*args, **kwargs)
