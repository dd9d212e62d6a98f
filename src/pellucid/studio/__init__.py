"""The studio: a page on this machine, on which networks are watched, touched and learned from."""
