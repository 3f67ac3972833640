"""Views: what is computed once for each release, and read many times."""
