"""The small province of the API's tests, for pages."""

from tests.integration.api.conftest import (
    postgres_template,
    quick_hashing,
    sqlite_template,
    sqlite_world,
    world,
)

__all__ = ["postgres_template", "quick_hashing", "sqlite_template", "sqlite_world", "world"]
