"""gunicorn wsgi:app."""

import gc

from contest.app import create_app

app = create_app()

# What is loaded by now stays: the garbage collector need not look through half a million objects
# again and again while a round opens (docs of `gc.freeze`). Requests leave little that refers to
# itself, so young objects are looked at less often too (the default is 700).
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 10, 10)
