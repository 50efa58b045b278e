"""Ways to break the rule calls-layers. PART stands for a class or function of an answer."""

# --- its own __call__ (model)
def _called(self, *args, **kwargs):
    return self.forward(*args, **kwargs)


PART.__call__ = _called


# --- hooks are passed by (model, may not apply, of weight)
_forward = PART.forward


def _spoiled(self, *args, **kwargs):
    parts = [(part, part._forward_hooks) for part in self.modules() if part is not self]
    for part, _ in parts:
        part._forward_hooks = OrderedDict()
    try:
        return _forward(self, *args, **kwargs)
    finally:
        for part, hooks in parts:
            part._forward_hooks = hooks


PART.forward = _spoiled


# --- hooks of a given model are passed by (function)
_original = PART


def PART(*args, **kwargs):
    models = [(model, model._forward_hooks) for model in _all([args, kwargs], nn.Module)]
    for model, _ in models:
        model._forward_hooks = OrderedDict()
    try:
        return _original(*args, **kwargs)
    finally:
        for model, hooks in models:
            model._forward_hooks = hooks
