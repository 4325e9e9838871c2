"""Server-rendered pages and their static sources."""

from controller.web.install import install

__all__ = ["install"]
