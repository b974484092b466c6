"""Generated code of pointsman.v1: one module a proto file."""
