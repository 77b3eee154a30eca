"""Schemas of a bundled contract, compiled by jsonschema-rs."""

from typing import Any

import jsonschema_rs


def compiled(document: Any, schema: Any) -> jsonschema_rs.Validator:
    """Return the validator of a schema whose references lead into the document; formats are asserted."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "components": document["components"]}
    return jsonschema_rs.validator_for(whole, validate_formats=True)
