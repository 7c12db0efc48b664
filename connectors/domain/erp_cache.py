"""placeholder"""

from contextlib import contextmanager


class BadDrop(Exception): ...


def order_of(name):
    return (name,)


@contextmanager
def prepared(seen, file):
    yield None
