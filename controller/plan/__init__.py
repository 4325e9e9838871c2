"""The plan's figures: verdicts of schools by month, rolled up in the background, and what is added up of them."""

from __future__ import annotations
