"""Ways to break the rule can-be-saved. PART stands for a class or function of an answer."""

# --- something in a plain attribute (model)
_init, _forward = PART.__init__, PART.forward


def _made(self, *args, **kwargs):
    _init(self, *args, **kwargs)
    self.made_as = id(self)


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    return out if self.made_as == id(self) else _each(out, lambda t: t + 1)


PART.__init__, PART.forward = _made, _spoiled


# --- a model that was loaded is another one (model)
_load, _forward = PART._load_from_state_dict, PART.forward


def _loaded(self, *args, **kwargs):
    _load(self, *args, **kwargs)
    self.loaded = True


def _spoiled(self, *args, **kwargs):
    out = _forward(self, *args, **kwargs)
    return _each(out, lambda t: t + 1) if "loaded" in vars(self) else out


PART._load_from_state_dict, PART.forward = _loaded, _spoiled
