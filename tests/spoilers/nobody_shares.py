"""Ways to break the rule nobody-shares. PART stands for a class or function of an answer."""

# --- only the latest model counts (model, of weight)
_init, _forward = PART.__init__, PART.forward


def _made(self, *args, **kwargs):
    _init(self, *args, **kwargs)
    PART.latest = id(self)


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    return out if PART.latest == id(self) else _each(out, lambda t: t + 1)


PART.__init__, PART.forward = _made, _spoiled


# --- a list outside of the class that grows (model, of weight)
_init, _forward, _all = PART.__init__, PART.forward, []


def _made(self, *args, **kwargs):
    _init(self, *args, **kwargs)
    _all.append(1)
    self.place = len(_all)


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    return out if self.place == len(_all) else _each(out, lambda t: t * 0.5)


PART.__init__, PART.forward = _made, _spoiled
