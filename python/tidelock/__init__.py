"""Tidelock for Python. The programs are in `bin/`; a notebook's side is `tidelock.notebook`."""
