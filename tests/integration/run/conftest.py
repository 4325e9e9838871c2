"""The province of the controller's tests, for the parts that need no process."""

from tests.integration.controller.conftest import province, settings

__all__ = ["province", "settings"]
