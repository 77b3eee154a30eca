"""What a contract means in Python: names, types and order, decided once for every later stage."""

from specwright.plan.build import base_path, build
from specwright.plan.model import (
    Api,
    Body,
    Header,
    Location,
    Media,
    Operation,
    Parameter,
    Response,
    SecurityScheme,
)

__all__ = [
    "Api",
    "Body",
    "Header",
    "Location",
    "Media",
    "Operation",
    "Parameter",
    "Response",
    "SecurityScheme",
    "base_path",
    "build",
]
