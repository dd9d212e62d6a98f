"""Files of tables: what they are encoded and separated by, and how each format is read."""
