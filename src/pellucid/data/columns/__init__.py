"""Columns of tables: one file a kind, and how a column's kind is found."""
