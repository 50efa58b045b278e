"""Ways to break the rule calls-layers. PART stands for a class or function of an answer."""

# --- its own __call__ (model)
def _called(self, *args, **kwargs):
    return self.forward(*args, **kwargs)


PART.__call__ = _called


# --- hooks are passed by (model, of weight)
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
