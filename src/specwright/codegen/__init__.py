"""A plan becomes files: models, handlers and server of every API, written only when all of them rendered."""
