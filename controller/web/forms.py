"""Forms: what a person typed, checked by the very models of the JSON API, with an error a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from controller.problem_fields import describe
from controller.problems import Problem

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it came back: shown again with ``values``, ``errors`` by field, and ``problem`` above all of it."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    detail: str = ""
    status: int = 200

    def get(self, name: str, default: Any = "") -> Any:
        return self.values.get(name, default)


def check(model: type[Model], values: Mapping[str, Any], lang: str) -> Model:
    """``values`` as ``model``; Problem "invalid" with an error a field."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise Problem("invalid", errors=describe(error.errors(), lang)) from None


def failed(problem: Problem, values: Mapping[str, Any], lang: str) -> Filled:
    """What to show again after ``problem``."""
    body = problem.body("en" if lang == "en" else "vi")
    errors = {str(one["field"]): str(one["message"]) for one in problem.errors}
    title = "" if errors else str(body["title"])
    return Filled(values, errors, title, "" if errors else str(body["detail"]), problem.status)
