"""The base of every generated model."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An object of the contract.

    Fields are set by their Python or their wire name and are written by their wire name. Members that the contract
    does not name are kept, since JSON Schema allows them unless it says otherwise.
    """

    model_config = ConfigDict(
        extra="allow",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        protected_namespaces=(),
    )
