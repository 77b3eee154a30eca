"""What a contract means in Python: names, types and order, decided once for every later stage."""

from specwright.plan.build import base_path, build, planned
from specwright.plan.definitions import REQUEST
from specwright.plan.directions import Direction, view
from specwright.plan.model import (
    Alias,
    Api,
    Body,
    Field,
    Group,
    Header,
    Imported,
    Location,
    Media,
    Model,
    Operation,
    Parameter,
    Response,
    SecurityScheme,
)

__all__ = [
    "REQUEST",
    "Alias",
    "Api",
    "Body",
    "Direction",
    "Field",
    "Group",
    "Header",
    "Imported",
    "Location",
    "Media",
    "Model",
    "Operation",
    "Parameter",
    "Response",
    "SecurityScheme",
    "base_path",
    "build",
    "planned",
    "view",
]
