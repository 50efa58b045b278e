"""The sandbox: what runs beside the student's code and confines it, and the judge's side of it (``host``)."""
