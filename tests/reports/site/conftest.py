"""The nights of a site's tests."""

from tests.site.conftest import make_nights

__all__ = ["make_nights"]
