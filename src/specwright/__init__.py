"""Specwright turns hand-written OpenAPI documents into typed Python: models, servers, mocks and proof."""
